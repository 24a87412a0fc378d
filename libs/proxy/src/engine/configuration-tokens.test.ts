// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, Resource } from '@weir/policy/snapshot';
import { FREE_GATE } from '@weir/filters';
import { createManualClock, createScriptedRandom, createTestProvider, createTestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { Configuration } from './configuration.ts';

const NOTHING_SENT = {
  mirror: () => undefined,
  callBackend: undefined,
  concurrencyGate: FREE_GATE,
  delayRoom: undefined,
  onFaultInjected: () => undefined,
};

/** Notes in `events` what is asked of the verifiers of tokens. */
function configurationOf(events: string[]): Configuration {
  const clock = createManualClock();
  const random = createScriptedRandom(0);
  const rateCounters = {
    prepare: () => expect.unreachable(),
    admit: () => expect.unreachable(),
    retainStores: () => undefined,
    wentWithoutStore: () => undefined,
  };
  return new Configuration({
    clock,
    tokens: {
      load: () => {
        events.push('load');
        return Promise.resolve();
      },
      verifierOf: ({ issuer }) => {
        events.push(`verifier of ${issuer}`);
        return { verify: () => Promise.reject(new Error('no token is verified here')) };
      },
      retain: providers => events.push(`retain ${providers.map(({ issuer }) => issuer).join(' ')}`),
    },
    gateway: undefined,
    rateStores: { load: () => expect.unreachable() },
    rulePorts: { clock, random, filterContext: { random, clock, ...NOTHING_SENT, rateCounters } },
    createBackend: () => expect.unreachable(),
    createPort: () => expect.unreachable(),
    renewMesh: () => expect.unreachable(),
    yieldTurn: () => Promise.resolve(),
  });
}

describe('policies that have tokens verified', () => {
  const signer = createTestSigner('ES256');
  const policyOf = (name: string, issuer?: string): AccessPolicy => {
    const provider = createTestProvider([signer], { issuer: issuer ?? '' });
    const method = { kind: 'jwt', name: 'm', provider, consumers: 'consumers/ns/', requiresConsumer: false } as const;
    const noRules = { denyRules: [], allowRules: [], externalAuthorization: undefined };
    const nothing = { unresolved: undefined, addresses: undefined, ...noRules, isShadow: false };
    const authentication = issuer === undefined ? undefined : { admitsAnonymous: false, methods: [method] };
    return { kind: 'accessPolicy', name: `access-policy/${name}`, label: name, ...nothing, authentication };
  };

  it('have what does it loaded before, and let go of what is not used any more', async () => {
    const events: string[] = [];
    const configuration = configurationOf(events);
    const change = (upserts: readonly Resource[], removes: readonly string[] = []): Promise<unknown> =>
      configuration.apply({ version: 1, upserts, removes });
    await change([policyOf('plain')]);
    await change([policyOf('a', 'A'), policyOf('b', 'B')]);
    await change([policyOf('a', 'C')]);
    await change([], ['access-policy/b']);
    await change([]);
    expect(events).toEqual([
      ...['retain ', 'load', 'verifier of A', 'verifier of B', 'retain A B', 'load', 'verifier of C', 'retain C B', 'retain C'],
    ]);
  });
});
