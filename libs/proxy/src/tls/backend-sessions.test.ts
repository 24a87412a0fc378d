// SPDX-License-Identifier: Apache-2.0
import type { BackendTls, Certificate, ResourceName, TrustBundle } from '@weir/policy/snapshot';
import { createTestAuthority } from '@weir/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { BackendSessions } from './backend-sessions.ts';

const CLIENT = 'certificate/ns/client';
const TLS: BackendTls = {
  serverName: 'db.example',
  subjectAltNames: [],
  usesSystemAuthorities: false,
  trustBundle: 'trust/ns/db',
};

let authoritiesPem: readonly string[] = [];
let certificates: readonly Certificate[] = [];

beforeAll(async () => {
  const authorities = await Promise.all([createTestAuthority('first'), createTestAuthority('second')]);
  authoritiesPem = authorities.map(({ certificatePem }) => certificatePem);
  const pairs = await Promise.all(authorities.map(authority => authority.issue('gateway')));
  certificates = pairs.map(({ certificatePem: chainPem, keyPem }) => ({
    kind: 'certificate',
    name: CLIENT,
    chainPem,
    keyPem,
    dnsNames: [],
    notAfterMs: 0,
  }));
});

/** Sessions over a bundle and a certificate that can be replaced by those of another authority (an index). */
function createBench() {
  const trustBundles = new Map<ResourceName, TrustBundle>();
  let certificate: Certificate | undefined;
  const sessions = new BackendSessions({
    trustBundles,
    certificateOf: name => (name === CLIENT ? certificate : undefined),
  });
  const put = (bundleOf: number, certificateOf: number): void => {
    const name = 'trust/ns/db';
    trustBundles.set(name, { kind: 'trustBundle', name, authoritiesPem: authoritiesPem[bundleOf] ?? '' });
    const found = certificates[certificateOf];
    certificate = found === undefined ? undefined : { ...found };
  };
  put(0, 0);
  return { sessions, put };
}

describe('BackendSessions', () => {
  it('makes one session for all that ask for the same, also for copies of what was asked with before', () => {
    const { sessions, put } = createBench();
    const first = sessions.sessionFor(TLS, CLIENT);
    put(0, 0);

    expect(sessions.sessionFor({ ...TLS }, CLIENT)).toBe(first);
  });

  it.each([
    ['the server name', { ...TLS, serverName: 'other.example' }, CLIENT],
    ['the names in the certificate', { ...TLS, subjectAltNames: [{ kind: 'dns', value: 'db.example' }] }, CLIENT],
    ['their kind', { ...TLS, subjectAltNames: [{ kind: 'uri', value: 'db.example' }] }, CLIENT],
    ['trust in the system', { ...TLS, usesSystemAuthorities: true }, CLIENT],
    ['no bundle', { ...TLS, usesSystemAuthorities: true, trustBundle: undefined }, CLIENT],
    ['our certificate', TLS, undefined],
  ] satisfies [string, BackendTls, ResourceName | undefined][])('keeps apart what differs in %s', (_, tls, certificate) => {
    const { sessions } = createBench();
    const keys = [
      sessions.sessionFor(TLS, CLIENT).key,
      sessions.sessionFor({ ...TLS, subjectAltNames: [{ kind: 'dns', value: 'x' }] }, CLIENT).key,
    ];

    expect(keys).not.toContain(sessions.sessionFor(tls, certificate).key);
  });

  it('makes another session when an authority or a certificate has another content', () => {
    const { sessions, put } = createBench();
    const keys = new Set([sessions.sessionFor(TLS, CLIENT).key]);
    put(1, 0);
    keys.add(sessions.sessionFor(TLS, CLIENT).key);
    put(1, 1);
    keys.add(sessions.sessionFor(TLS, CLIENT).key);

    expect(keys.size).toBe(3);
  });

  it('refuses what is gone, although it was there before', () => {
    const { sessions, put } = createBench();
    sessions.sessionFor(TLS, CLIENT);
    put(0, 2);

    expect(() => sessions.sessionFor(TLS, CLIENT)).toThrow('certificate certificate/ns/client is not known');
  });
});
