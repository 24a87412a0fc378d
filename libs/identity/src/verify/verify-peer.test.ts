// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  CART,
  CART_URI,
  DAY_MS,
  NOW_MS,
  STOCK,
  TRUST_DOMAIN,
  UNKNOWN_CRITICAL,
  bundleOf,
  createUriName,
  makeCertificate,
  makeTestRoot,
} from '../identity-lab.ts';
import type { CertificatePlan, Made } from '../identity-lab.ts';
import { verifyPeer } from './verify-peer.ts';
import type { VerifyOptions } from './verify-peer.ts';

const root = await makeTestRoot();
const intermediate = await makeCertificate({ name: 'intermediate', authority: { below: 0 } }, root);
const bundle = bundleOf(root);

function verify(chain: readonly Made[], options: Partial<VerifyOptions> = {}): ReturnType<typeof verifyPeer> {
  const certificates = chain.map(({ certificate }) => certificate);
  return verifyPeer(certificates, { bundle, nowMs: NOW_MS, trustDomain: TRUST_DOMAIN, ...options });
}

async function verifyLeaf(plan: CertificatePlan, options: Partial<VerifyOptions> = {}): Promise<ReturnType<typeof verifyPeer>> {
  return verify([await makeCertificate(plan, intermediate), intermediate], options);
}

describe('a peer is believed', () => {
  const trusted = { isTrusted: true, id: CART, notAfterMs: NOW_MS + DAY_MS, root: root.certificate.fingerprint256 };

  it('with a leaf, its intermediate and a root of the bundle', async () => {
    expect(await verifyLeaf({})).toEqual(trusted);
  });

  it('as exactly the one that was expected', async () => {
    expect(await verifyLeaf({}, { expected: CART })).toEqual(trusted);
  });

  it('with a leaf that comes from the root itself', async () => {
    expect(verify([await makeCertificate({}, root)])).toEqual(trusted);
  });

  it('whatever else it sends, and in any order', async () => {
    const stray = await makeTestRoot({ name: 'stray' });
    expect(verify([await makeCertificate({}, intermediate), stray, root, intermediate])).toEqual(trusted);
  });

  it('with a DNS name beside its id', async () => {
    expect(await verifyLeaf({ dnsNames: ['cart.shop.svc'] })).toEqual(trusted);
  });

  it('by the second root of a bundle', async () => {
    const next = await makeTestRoot({ name: 'next' });
    expect(await verifyLeaf({}, { bundle: bundleOf(next, root) })).toEqual(trusted);
  });
});

describe('a peer is refused', () => {
  it('without a certificate', () => {
    expect(verify([])).toEqual({ isTrusted: false, code: 'no-certificate', reason: 'it showed no certificate' });
  });

  it('with a certificate that it signed itself', async () => {
    expect(verify([await makeCertificate({})])).toMatchObject({ code: 'self-signed' });
  });

  it('with one of another authority, also of one with the same name', async () => {
    const other = await makeTestRoot();
    expect(verify([await makeCertificate({}, other), other])).toMatchObject({ code: 'other-authority' });
  });

  it('without the intermediate', async () => {
    expect(verify([await makeCertificate({}, intermediate)])).toMatchObject({ code: 'other-authority' });
  });

  it('with a leaf that has expired', async () => {
    expect(await verifyLeaf({ notAfterMs: NOW_MS - 1000 })).toEqual({
      isTrusted: false,
      code: 'expired',
      reason: 'a certificate of its chain has expired ("CN=leaf" on 2025-12-31T23:59:59.000Z)',
    });
  });

  it('with a leaf that is not valid yet', async () => {
    expect(await verifyLeaf({ notBeforeMs: NOW_MS + 1000 })).toMatchObject({
      code: 'not-yet-valid',
      reason: 'a certificate of its chain is not valid yet: compare the clocks ("CN=leaf" from 2026-01-01T00:00:01.000Z)',
    });
  });

  it('with an intermediate or root that has expired', async () => {
    const past = { notBeforeMs: NOW_MS - 2 * DAY_MS, notAfterMs: NOW_MS - DAY_MS };
    const old = await makeCertificate({ name: 'old', authority: {}, ...past }, root);
    expect(verify([await makeCertificate({}, old), old])).toMatchObject({ code: 'expired' });
    const oldRoot = await makeTestRoot(past);
    expect(verify([await makeCertificate({}, oldRoot)], { bundle: bundleOf(oldRoot) })).toMatchObject({ code: 'expired' });
  });

  it('as a leaf below a leaf', async () => {
    const leaf = await makeCertificate({ name: 'leaf' }, intermediate);
    // OpenSSL's look at the key usage finds no issuer there; with all usages allowed, the missing CA bit is what is found.
    expect(verify([await makeCertificate({}, leaf), leaf, intermediate])).toMatchObject({ code: 'other-authority' });
    const able = await makeCertificate({ name: 'able', keyUsage: 0xff }, intermediate);
    expect(verify([await makeCertificate({}, able), able, intermediate])).toMatchObject({
      code: 'broken-chain',
      reason: 'an authority in its chain may not issue it ("CN=able" is no authority)',
    });
  });

  it('below more authorities than the one above allows', async () => {
    const third = await makeCertificate({ name: 'third', authority: {} }, intermediate);
    expect(verify([await makeCertificate({}, third), third, intermediate])).toMatchObject({
      code: 'broken-chain',
      reason: 'an authority in its chain may not issue it ("CN=intermediate" may have 0 authorities below it, and has 1)',
    });
  });

  it('below an authority with a critical extension that is not understood', async () => {
    const odd = await makeCertificate({ name: 'odd', authority: {}, extensions: [UNKNOWN_CRITICAL] }, root);
    expect(verify([await makeCertificate({}, odd), odd])).toMatchObject({ code: 'broken-chain' });
  });

  it.each<[string, CertificatePlan]>([
    ['for servers only', { uses: ['1.3.6.1.5.5.7.3.1'] }],
    ['for clients only', { uses: ['1.3.6.1.5.5.7.3.2'] }],
    ['for code signing', { uses: ['1.3.6.1.5.5.7.3.3'] }],
    ['of an authority', { authority: {} }],
    ['whose key may not sign', { keyUsage: 0x20 }],
    ['with a critical extension that is not understood', { extensions: [UNKNOWN_CRITICAL] }],
  ])('with a certificate %s', async (_what, plan) => {
    const found = verify([await makeCertificate(plan, root)]);
    expect(found).toMatchObject({ isTrusted: false, code: 'other-use' });
  });

  it('without an id', async () => {
    expect(await verifyLeaf({ uris: [] })).toMatchObject({ code: 'no-identity' });
    expect(await verifyLeaf({ uris: [], dnsNames: ['cart.shop'] })).toMatchObject({ code: 'no-identity' });
  });

  it('with more than one', async () => {
    expect(await verifyLeaf({ uris: [CART_URI, 'spiffe://weir.local/ns/shop/sa/admin'] })).toMatchObject({
      code: 'several-identities',
      reason: 'its certificate names more than one URI (2 URIs, the first is "spiffe://weir.local/ns/shop/sa/cart")',
    });
  });

  it('with two lists of names, of which readers would take different ones', async () => {
    const second = createUriName('spiffe://weir.local/ns/shop/sa/admin');
    expect(await verifyLeaf({ extensions: [second] })).toMatchObject({ code: 'malformed' });
  });

  it('with a DNS name that reads like an id', async () => {
    expect(await verifyLeaf({ uris: [], dnsNames: [`x, URI:${CART_URI}`] })).toMatchObject({ code: 'no-identity' });
  });

  it('with an id that is none of ours', async () => {
    expect(await verifyLeaf({ uris: ['spiffe://weir.local/agent'] })).toMatchObject({ code: 'invalid-identity' });
  });

  it('of another trust domain', async () => {
    expect(await verifyLeaf({ uris: ['spiffe://other.example/ns/shop/sa/cart'] })).toMatchObject({
      code: 'other-trust-domain',
      reason: 'it belongs to another trust domain (spiffe://other.example/ns/shop/sa/cart, and not weir.local)',
    });
  });

  it('as somebody else than expected', async () => {
    expect(await verifyLeaf({}, { expected: STOCK })).toEqual({
      isTrusted: false,
      code: 'wrong-identity',
      reason:
        'it is somebody else than was asked for (spiffe://weir.local/ns/shop/sa/cart, and not spiffe://weir.local/ns/shop/sa/stock)',
    });
  });
});
