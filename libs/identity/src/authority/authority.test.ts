// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createManualClock, createSeededRandom, createTempDirectory } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createSigningRequest } from '../certificate/create-signing-request.ts';
import { parseCertificates, writePem } from '../certificate/pem.ts';
import {
  CART,
  CART_URI,
  DAY_MS,
  NOW_MS,
  TRUST_DOMAIN,
  createKey,
  leafOf,
  makeCertificate,
  makeRootFor,
  makeTestRoot,
  pemOf,
  secretsIn,
} from '../identity-lab.ts';
import { openSecretDirectory } from '../secrets/secret-directory.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { verifyPeer } from '../verify/verify-peer.ts';
import type { Authority } from './authority.ts';
import { openAuthority } from './open-authority.ts';
import type { AuthorityOptions } from './open-authority.ts';

interface Lab {
  readonly clock: ManualClock;
  readonly secrets: SecretStore;
  open(options?: Partial<AuthorityOptions>): Promise<Authority>;
}

function createLab(): Lab {
  const clock = createManualClock(NOW_MS);
  const secrets = createMemorySecrets();
  const random = createSeededRandom(7);
  return { clock, secrets, open: options => openAuthority({ secrets, clock, random, trustDomain: TRUST_DOMAIN, ...options }) };
}

function warningsOf(authority: Authority): readonly string[] {
  return authority.status().concerns.map(({ message }) => message);
}

describe('a leaf', () => {
  it('says who its holder is, and nothing else', async () => {
    const authority = await createLab().open();
    const key = createKey();
    const { chainPem, notAfterMs } = await authority.sign(createSigningRequest(key), CART);
    const [leaf, intermediate, ...more] = parseCertificates(chainPem, 'chain');
    expect(more).toEqual([]);
    expect(leaf?.checkPrivateKey(key)).toBe(true);
    expect(leaf?.subject).toBeUndefined();
    expect(leaf?.subjectAltName).toBe(`URI:${CART_URI}`);
    expect(leaf?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(leaf?.ca).toBe(false);
    expect(leaf?.issuer).toBe(intermediate?.subject);
    expect(leaf?.validFromDate.getTime()).toBe(NOW_MS - 60_000);
    expect(leaf?.validToDate.getTime()).toBe(NOW_MS + DAY_MS);
    expect(notAfterMs).toBe(NOW_MS + DAY_MS);
  });

  it('verifies under the bundle of its authority', async () => {
    const authority = await createLab().open();
    const chain = (await leafOf(authority, CART)).chain();
    const found = verifyPeer(chain, { bundle: authority.bundle(), nowMs: NOW_MS, trustDomain: TRUST_DOMAIN });
    expect(found).toMatchObject({ isTrusted: true, id: CART });
  });

  it('has a serial number of 128 bits that no other one has', async () => {
    const authority = await createLab().open();
    const serials = await Promise.all(
      Array.from({ length: 20 }, async () => (await leafOf(authority, CART)).chain()[0]!.serialNumber),
    );
    expect(new Set(serials).size).toBe(20);
    expect(serials.every(serial => /^[0-9A-F]{30,32}$/v.test(serial))).toBe(true);
  });

  it('lives as long as is set, and never longer than what is above it', async () => {
    const lab = createLab();
    const root = await makeTestRoot({ notAfterMs: NOW_MS + 60_000 });
    const authority = await lab.open({ given: { chainPem: root.certificatePem, keyPem: root.keyPem }, leafLifetimeMs: 90_000 });
    expect((await leafOf(authority, CART)).notAfterMs).toBe(NOW_MS + 60_000);
    lab.clock.advance(60_001);
    await expect(leafOf(authority, CART)).rejects.toThrow(
      'the authority cannot be used: a certificate of its chain has expired ("CN=root" on 2026-01-01T00:01:00.000Z)',
    );
    expect(warningsOf(authority)).toEqual([
      'the root expired on 2026-01-01T00:01:00.000Z: rotate to a new authority',
      'the issuer expired on 2026-01-01T00:01:00.000Z: rotate to a new authority',
    ]);
  });

  it.each([9999, 7 * DAY_MS + 1, Number.NaN])('cannot live for %d ms', async leafLifetimeMs => {
    await expect(createLab().open({ leafLifetimeMs })).rejects.toThrow(`leaves of ${leafLifetimeMs} ms are asked for`);
  });

  it('is for the own trust domain only', async () => {
    const authority = await createLab().open();
    const other = { ...CART, trustDomain: 'other.example' };
    await expect(authority.sign(createSigningRequest(createKey()), other)).rejects.toThrow(
      'spiffe://other.example/ns/shop/sa/cart is not of trust domain weir.local',
    );
  });

  it('is for a name that can stand in a URI only', async () => {
    const authority = await createLab().open();
    const forged = { ...CART, name: 'cart/x?y' };
    await expect(authority.sign(createSigningRequest(createKey()), forged)).rejects.toThrow(
      'name "cart/x?y" is no RFC 1123 name',
    );
  });
});

describe('an authority', () => {
  it('is the same after it was opened again', async () => {
    const lab = createLab();
    const before = await lab.open();
    const after = await lab.open();
    expect(after.bundle()).toEqual(before.bundle());
    const chain = (await leafOf(after, CART)).chain();
    expect(verifyPeer(chain, { bundle: before.bundle(), nowMs: NOW_MS, trustDomain: TRUST_DOMAIN }).isTrusted).toBe(true);
  });

  it('is in a directory in which nobody else can read anything', async () => {
    await using parent = await createTempDirectory();
    const path = join(parent.path, 'identity');
    const lab = createLab();
    const before = await lab.open({ secrets: await openSecretDirectory(path) });
    await before.begin();
    const modes = await Promise.all((await readdir(path)).map(async name => (await stat(join(path, name))).mode & 0o777));
    expect(modes).toEqual(Array.from({ length: 5 }, () => 0o600));
    const after = await lab.open({ secrets: await openSecretDirectory(path) });
    expect(after.status()).toEqual(before.status());
    await after.abort();
    expect(await readdir(path)).toHaveLength(3);
  });

  it('has a root for ten years and an intermediate for one, of which peers see one only', async () => {
    const authority = await createLab().open();
    expect(authority.status()).toMatchObject({
      trustDomain: TRUST_DOMAIN,
      phase: 'Stable',
      bundleVersion: authority.bundle().version,
      issuer: { notAfterMs: NOW_MS + 365 * DAY_MS },
      roots: [{ notAfterMs: NOW_MS + 3650 * DAY_MS, isIssuing: true }],
      concerns: [],
    });
  });

  it('renews its intermediate in good time, and goes on with it when opened again', async () => {
    const lab = createLab();
    const authority = await lab.open();
    const { bundleVersion, issuer } = authority.status();
    lab.clock.advance(300 * DAY_MS);
    const old = authority.bundle();
    const chain = (await leafOf(authority, CART)).chain();
    expect(authority.status()).toMatchObject({ bundleVersion, issuer: { notAfterMs: NOW_MS + 665 * DAY_MS } });
    expect(authority.status().issuer.fingerprint).not.toBe(issuer.fingerprint);
    expect(verifyPeer(chain, { bundle: old, nowMs: lab.clock.wallMs(), trustDomain: TRUST_DOMAIN }).isTrusted).toBe(true);
    expect((await lab.open()).status()).toEqual(authority.status());
  });

  it('renews it once, however many ask at the same time', async () => {
    const lab = createLab();
    const authority = await lab.open();
    lab.clock.advance(300 * DAY_MS);
    const leaves = await Promise.all(Array.from({ length: 5 }, () => leafOf(authority, CART)));
    expect(new Set(leaves.map(leaf => leaf.chain()[1]?.fingerprint256)).size).toBe(1);
  });

  it('goes on with the old intermediate where it cannot store a new one, and says so', async () => {
    const lab = createLab();
    const authority = await lab.open();
    const { write } = lab.secrets;
    lab.clock.advance(300 * DAY_MS);
    lab.secrets.write = () => Promise.reject(new Error('the disk is full'));
    expect((await leafOf(authority, CART)).notAfterMs).toBe(NOW_MS + 301 * DAY_MS);
    expect(warningsOf(authority)).toEqual([
      'the issuer expires on 2027-01-01T00:00:00.000Z: rotate to a new authority',
      'the issuer could not be renewed: the disk is full',
    ]);
    lab.secrets.write = write;
    await leafOf(authority, CART);
    expect(warningsOf(authority)).toEqual([]);
  });

  it('makes no intermediate that outlives its root', async () => {
    const lab = createLab();
    const authority = await lab.open();
    lab.clock.advance(3500 * DAY_MS);
    await leafOf(authority, CART);
    expect(authority.status().issuer.notAfterMs).toBe(NOW_MS + 3650 * DAY_MS);
    expect(warningsOf(authority)).toEqual(['the root expires on 2035-12-30T00:00:00.000Z: rotate to a new authority']);
  });

  it('is of one trust domain for good', async () => {
    const lab = createLab();
    await lab.open();
    await expect(lab.open({ trustDomain: 'other.example' })).rejects.toThrow(
      'the stored authority is of trust domain "weir.local", and "other.example" is asked for',
    );
  });

  it.each([
    ['{', 'it is no JSON'],
    ['{}', 'phase is no text'],
    ['{"phase":"Odd"}', 'phase is none of Stable, Introducing, Issuing, Retiring'],
  ])('does not begin anew where its state is %s', async (json, reason) => {
    const lab = createLab();
    await lab.secrets.write('authority.json', json);
    await expect(lab.open()).rejects.toThrow(`the state of the authority cannot be read: ${reason}`);
  });

  it('does not begin anew where its keys are gone', async () => {
    const lab = createLab();
    await lab.open();
    for (const name of await lab.secrets.names()) if (name.endsWith('.issuer.pem')) await lab.secrets.remove(name);
    await expect(lab.open()).rejects.toThrow(/^the state of the authority names generation [0-9a-f]{16}, and .* is not there$/v);
  });

  it('shows no key, whatever is done to it', async () => {
    const lab = createLab();
    const authority = await lab.open();
    await authority.begin();
    const stored = await Promise.all((await lab.secrets.names()).map(name => lab.secrets.read(name)));
    const keys = stored.flatMap(text => text?.match(/-----BEGIN PRIVATE KEY-----[^\-]+/gv) ?? []);
    expect(keys).toHaveLength(4);
    const shown = [
      inspect(authority, { depth: 20, showHidden: true }),
      JSON.stringify(authority),
      JSON.stringify(authority.status()),
    ];
    for (const secret of keys.flatMap(secretsIn)) expect(shown.some(text => text.includes(secret))).toBe(false);
  });
});

describe('a given authority', () => {
  it('issues below a root that is kept elsewhere', async () => {
    const lab = createLab();
    const root = await makeTestRoot();
    const issuer = await makeCertificate({ name: 'issuer', authority: { below: 0 } }, root);
    const given = { chainPem: issuer.certificatePem + root.certificatePem, keyPem: issuer.keyPem };
    const authority = await lab.open({ given });
    const credential = await leafOf(authority, CART);
    expect(credential.chain().map(({ fingerprint256 }) => fingerprint256)[1]).toBe(issuer.certificate.fingerprint256);
    expect(authority.bundle().issuingRoot).toBe(root.certificate.fingerprint256);
    expect((await lab.open({ given })).bundle().version).toBe(authority.bundle().version);
  });

  it('may be a root alone; leaves travel without it', async () => {
    const root = await makeTestRoot();
    const authority = await createLab().open({ given: { chainPem: root.certificatePem, keyPem: root.keyPem } });
    expect((await leafOf(authority, CART)).chain()).toHaveLength(1);
  });

  it('may have a key of another kind', async () => {
    for (const pair of [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    ]) {
      const root = await makeRootFor(pair.privateKey);
      const authority = await createLab().open({ given: { chainPem: root, keyPem: pemOf(pair.privateKey) } });
      const chain = (await leafOf(authority, CART)).chain();
      expect(verifyPeer(chain, { bundle: authority.bundle(), nowMs: NOW_MS, trustDomain: TRUST_DOMAIN })).toMatchObject({
        id: CART,
      });
    }
  });

  it('gets a new issuer below the same root by being given it', async () => {
    const lab = createLab();
    const root = await makeTestRoot();
    const chainOf = async (name: string) => {
      const issuer = await makeCertificate({ name, authority: { below: 0 } }, root);
      return { chainPem: issuer.certificatePem + root.certificatePem, keyPem: issuer.keyPem };
    };
    const first = await lab.open({ given: await chainOf('first') });
    const second = await lab.open({ given: await chainOf('second') });
    expect(second.bundle().version).toBe(first.bundle().version);
    expect((await leafOf(second, CART)).chain()[1]?.subject).toBe('CN=second');
  });

  it('does not take the place of the stored one', async () => {
    const lab = createLab();
    await lab.open();
    const root = await makeTestRoot();
    await expect(lab.open({ given: { chainPem: root.certificatePem, keyPem: root.keyPem } })).rejects.toThrow(
      /^the given root is .*, and the stored one/v,
    );
  });

  describe('is refused', () => {
    const open = async (chainPem: string, keyPem: string): Promise<unknown> => createLab().open({ given: { chainPem, keyPem } });

    it('without a certificate or key', async () => {
      const root = await makeTestRoot();
      await expect(open('', root.keyPem)).rejects.toThrow("the authority's chain holds no certificate in PEM form");
      await expect(open(root.certificatePem, 'secret words')).rejects.toThrow(
        "the authority's key holds no private key in PEM form without a passphrase",
      );
    });

    it('with the key of another certificate', async () => {
      const [root, other] = [await makeTestRoot(), await makeTestRoot()];
      await expect(open(root.certificatePem, other.keyPem)).rejects.toThrow(
        'its key does not belong to the first certificate of its chain',
      );
    });

    it('as a leaf', async () => {
      const root = await makeTestRoot();
      const leaf = await makeCertificate({ keyUsage: 0xff }, root);
      await expect(open(leaf.certificatePem + root.certificatePem, leaf.keyPem)).rejects.toThrow(
        'an authority in its chain may not issue it ("CN=leaf" is no authority)',
      );
    });

    it('where the one above has no room below it', async () => {
      const root = await makeTestRoot({ authority: { below: 0 } });
      const issuer = await makeCertificate({ name: 'issuer', authority: {} }, root);
      await expect(open(issuer.certificatePem + root.certificatePem, issuer.keyPem)).rejects.toThrow(
        '"CN=root" may have 0 authorities below it, and has 1',
      );
    });

    it('without its root, or in another order', async () => {
      const root = await makeTestRoot();
      const issuer = await makeCertificate({ name: 'issuer', authority: {} }, root);
      await expect(open(issuer.certificatePem, issuer.keyPem)).rejects.toThrow(
        'the last certificate of its chain is not self-signed',
      );
      await expect(open(root.certificatePem + issuer.certificatePem, root.keyPem)).rejects.toThrow(
        'certificate 1 of its chain is not signed by the next one',
      );
    });

    it('when it has expired or is not valid yet', async () => {
      const old = await makeTestRoot({ notAfterMs: NOW_MS - 1000 });
      await expect(open(old.certificatePem, old.keyPem)).rejects.toThrow('a certificate of its chain has expired');
      const early = await makeTestRoot({ notBeforeMs: NOW_MS + 1000 });
      await expect(open(early.certificatePem, early.keyPem)).rejects.toThrow('a certificate of its chain is not valid yet');
    });

    it('with a kind of key that is not signed with', async () => {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
      await expect(open(await makeRootFor(privateKey), pemOf(privateKey))).rejects.toThrow(
        "the authority's key is of kind rsa 1024",
      );
    });
  });
});

const { certificatePem } = await makeTestRoot();

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[^\-]+-----/gv, ''), 'base64');
}

describe('a signing request', () => {
  it('is refused without a word of its names when its key is not P-256', async () => {
    const authority = await createLab().open();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    await expect(authority.sign(createSigningRequest(privateKey), CART)).rejects.toThrow(
      'its key is ECDSA P-384, and must be ECDSA P-256',
    );
  });

  it('is refused where it was not signed with its key', async () => {
    const authority = await createLab().open();
    const der = derOf(createSigningRequest(createKey()));
    // What is signed begins behind the outer header and is 100 bytes long; each of them counts.
    for (let at = 3; at < 103; at++) {
      const forged = Buffer.from(der);
      forged[at]! ^= 1;
      await expect(authority.sign(writePem('CERTIFICATE REQUEST', forged), CART)).rejects.toThrow(
        'the signing request is refused',
      );
    }
  });

  it.each([
    ['nothing', ''],
    ['words', 'please'],
    ['a certificate', certificatePem],
    ['too much', 'x'.repeat(16_385)],
  ])('is refused as %s', async (_what, pem) => {
    const authority = await createLab().open();
    await expect(authority.sign(pem, CART)).rejects.toThrow('the signing request is refused');
  });
});
