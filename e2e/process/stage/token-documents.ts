// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';
import { AUDIENCE } from './token-issuer.ts';
import type { TokenIssuer } from './token-issuer.ts';

export interface TokenPolicyOptions {
  /** Kind and name of what it is attached to. */
  readonly target?: Fields;
  /** Of the method. */
  readonly jwt?: Fields;
  /** Of the policy. */
  readonly spec?: Fields;
}

/** An AccessPolicy that takes the tokens of an issuer, on the HTTPRoute `guarded` unless it names another target. */
export function tokenPolicy(issuer: TokenIssuer, { target, jwt = {}, spec = {} }: TokenPolicyOptions = {}): TestDocument {
  const method = { issuer: issuer.url, audiences: [AUDIENCE], jwks: { uri: issuer.keysUrl, refresh: '10s' }, ...jwt };
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'AccessPolicy',
    metadata: { name: 'tokens', namespace: 'default' },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'guarded', ...target }],
      authentication: { methods: [{ name: 'customers', jwt: method }] },
      ...spec,
    },
  };
}

/** A Consumer that is known by the subject of its tokens. */
export function tokenConsumer(issuer: TokenIssuer, name: string, groups: readonly string[]): TestDocument {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind: 'Consumer',
    metadata: { name, namespace: 'default' },
    spec: { groups, tokens: [{ issuer: issuer.url, value: name }] },
  };
}
