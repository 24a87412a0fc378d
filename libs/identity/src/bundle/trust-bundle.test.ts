// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { TRUST_DOMAIN, bundleOf, makeCertificate, makeTestRoot } from '../identity-lab.ts';
import { createTrustBundle, parseTrustBundle, trustBundleData } from './trust-bundle.ts';

const [root, next] = [await makeTestRoot(), await makeTestRoot({ name: 'next' })];
const bundle = bundleOf(root, next);
const data = trustBundleData(bundle);

describe('a trust bundle', () => {
  it('travels as JSON and comes back the same', () => {
    expect(parseTrustBundle(JSON.stringify(data)).version).toBe(bundle.version);
    expect(bundle.roots).toHaveLength(2);
  });

  it('has another version when anything of it is another', () => {
    const others = [
      { ...data, sequence: 2 },
      { ...data, trustDomain: 'other.example' },
      { ...data, issuingRoot: next.certificate.fingerprint256 },
      { ...data, rootsPem: root.certificatePem },
    ];
    const versions = [bundle, ...others.map(createTrustBundle)].map(({ version }) => version);
    expect(new Set(versions).size).toBe(5);
  });

  it('has the same one whatever stands between its certificates', () => {
    expect(createTrustBundle({ ...data, rootsPem: `# roots\n${data.rootsPem}\n\n` }).version).toBe(bundle.version);
  });
});

describe('a trust bundle is refused', () => {
  it('with something that is no root in it', async () => {
    const leaf = await makeCertificate({}, root);
    const intermediate = await makeCertificate({ authority: {} }, root);
    const selfSigned = await makeCertificate({ keyUsage: 0xff });
    for (const { certificatePem } of [leaf, intermediate, selfSigned]) {
      expect(() => createTrustBundle({ ...data, rootsPem: root.certificatePem + certificatePem })).toThrow(
        'is not the certificate of a root',
      );
    }
  });

  it.each([
    [{ rootsPem: '' }, 'the trust bundle holds no certificate in PEM form'],
    [{ rootsPem: root.certificatePem.repeat(9) }, 'it holds 9 roots, at most 8'],
    [{ rootsPem: root.certificatePem.repeat(17) }, 'the trust bundle holds 17 certificates, at most 16'],
    [
      { rootsPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'holds a PEM block that is no certificate (number 1)',
    ],
    [{ issuingRoot: 'AA' }, 'the root that issues is not among its roots'],
    [{ sequence: 0 }, 'its sequence is 0, and not a whole number from 1'],
    [{ sequence: Number.NaN }, 'its sequence is NaN'],
    [{ trustDomain: 'Weir' }, 'trust domain "Weir" may have lower-case letters'],
  ])('with %j', (change, reason) => {
    expect(() => createTrustBundle({ ...data, trustDomain: TRUST_DOMAIN, ...change })).toThrow(reason);
  });

  it.each(['', '{', 'null', '[]', '{"trustDomain":"weir.local"}'])('as %j', json => {
    expect(() => parseTrustBundle(json)).toThrow('the trust bundle cannot be used');
  });
});
