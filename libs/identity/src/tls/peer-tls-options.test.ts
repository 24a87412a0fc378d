// SPDX-License-Identifier: Apache-2.0
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { bundleOf, makeCertificate, makeTestRoot, secretsIn } from '../identity-lab.ts';
import { Credential } from '../keeper/credential.ts';
import { PEER_GROUPS } from './groups.ts';
import { refusalFromTls } from './peer-of.ts';
import { createPeerContext, peerTlsOptions } from './peer-tls-options.ts';

const root = await makeTestRoot();
const leaf = await makeCertificate({}, root);
const bundle = bundleOf(root);
const credential = new Credential(leaf.certificatePem, leaf.keyPem);

it('both sides speak TLS 1.3, show a certificate, and believe the roots of the bundle alone', () => {
  expect(peerTlsOptions(credential, bundle)).toMatchObject({
    key: leaf.keyPem,
    cert: credential.chainPem,
    ca: [root.certificate.toString()],
    minVersion: 'TLSv1.3',
    ecdhCurve: PEER_GROUPS,
    requestCert: true,
    rejectUnauthorized: true,
  });
});

it('options and contexts show no key when they are logged', () => {
  const options = peerTlsOptions(credential, bundle);
  const context = createPeerContext(credential, bundle);
  const shown = [
    inspect(options, { showHidden: true, depth: 9 }),
    JSON.stringify(options),
    inspect(context, { showHidden: true, depth: 9 }),
    JSON.stringify(context),
  ];
  const secrets = secretsIn(leaf.keyPem);
  expect(secrets.filter(secret => shown.some(text => text.includes(secret)))).toEqual([]);
  expect(JSON.parse(JSON.stringify(options))).toMatchObject({ key: '[private key]', minVersion: 'TLSv1.3' });
});

it('a credential is of a key and the certificate for it', async () => {
  const other = await makeCertificate({}, root);
  expect(() => new Credential(leaf.certificatePem, other.keyPem)).toThrow('the key does not belong to the first certificate');
  expect(() => new Credential(leaf.certificatePem, leaf.keyPem.slice(0, 60))).toThrow('the key holds no private key in PEM form');
});

it.each([
  ['CERT_HAS_EXPIRED', 'expired', 'a certificate of its chain has expired ("CERT_HAS_EXPIRED")'],
  ['SOMETHING_NEW', 'unverified', 'its certificate was not verified ("SOMETHING_NEW")'],
  [new Error('the peer is refused'), 'unverified', 'its certificate was not verified ("the peer is refused")'],
])('what TLS found is said in words: %s', (found, code, reason) => {
  expect(refusalFromTls(found)).toEqual({ isTrusted: false, code, reason });
});
