// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, ExternalAuthorization, IntrospectionMethod } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { accessPolicyOf, snapshotOf } from '../sample/sample-snapshot.ts';
import { accessPolicyChanges } from './access-policy-changes.ts';

const EXTERNAL: ExternalAuthorization = {
  service: { kind: 'grpc', headersToService: undefined },
  backend: 'backend/auth/check/9000/http2',
  label: 'auth/check:9000',
  timeoutMs: 1000,
  body: undefined,
  failsOpen: false,
};

const METHOD: IntrospectionMethod = {
  kind: 'introspection',
  name: 'tokens',
  sources: [],
  endpoint: { backend: 'https://a.example', label: 'https://a.example', path: '/', query: undefined, host: 'a.example' },
  client: { id: 'weir', secret: 'sesame' },
  issuer: undefined,
  audiences: [],
  scopes: [],
  timeoutMs: 1000,
  maxAgeMs: 0,
  isForwarded: false,
};

function changes(before: Partial<AccessPolicy>, after: Partial<AccessPolicy>): readonly string[] {
  const sides = { before: snapshotOf(), after: snapshotOf() };
  const [old, now] = [accessPolicyOf('shop/a', before), accessPolicyOf('shop/a', after)];
  return accessPolicyChanges(old, now, sides).map(({ effect, text }) => `${effect} ${text}`);
}

describe('a change of who is asked', () => {
  it.each<[ExternalAuthorization | undefined, ExternalAuthorization | undefined, string]>([
    [undefined, EXTERNAL, 'strengthens externalAuthorization: Service auth/check:9000 is asked'],
    [EXTERNAL, undefined, 'weakens externalAuthorization: Service auth/check:9000 is no longer asked'],
    [
      EXTERNAL,
      { ...EXTERNAL, failsOpen: true },
      'weakens externalAuthorization: requests go on when the service cannot be asked',
    ],
    [EXTERNAL, { ...EXTERNAL, timeoutMs: 5 }, 'mayWeaken externalAuthorization.timeoutMs: 1000 → 5'],
  ])('is told (%#)', (before, after, text) => {
    expect(changes({ externalAuthorization: before }, { externalAuthorization: after })).toEqual([text]);
  });

  it('tells no secret', () => {
    const authentication = (secret: string): Partial<AccessPolicy> => ({
      authentication: { admitsAnonymous: false, methods: [{ ...METHOD, client: { id: 'weir', secret } }] },
    });
    expect(changes(authentication('sesame'), authentication('honey'))).toEqual([
      'mayWeaken authentication method tokens: another client, or another secret of it',
    ]);
  });
});
