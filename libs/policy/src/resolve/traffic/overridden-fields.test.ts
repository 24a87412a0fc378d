// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { FieldSource, MergedField } from '../policy/merge-fields.ts';
import type { ResolvedCalls } from './merge-traffic.ts';
import { OverriddenFields } from './overridden-fields.ts';

function from(policy: string): FieldSource {
  return { scope: 'Route', policy, isOverride: false };
}

function field(winner: string, ...beaten: readonly string[]): MergedField {
  return { values: [{ value: '1s', from: from(winner) }], beaten: beaten.map(from) };
}

function requestTimeout(...policies: readonly [string, ...string[]]): ResolvedCalls {
  return new Map([['timeouts.request', field(...policies)]]);
}

describe('what of a policy is overridden', () => {
  const chains = new Map<string, ResolvedCalls>();
  const overridden = new OverriddenFields(() => chains);
  const messageOf = (policy: string): string | undefined => overridden.of(policy)?.message;

  it('is what holds nowhere, with who goes before it', () => {
    chains
      .set('Gateway:n/edge,Route:n/a', requestTimeout('n/a', 'n/edge'))
      .set('Gateway:n/edge,Route:n/b', requestTimeout('n/b', 'n/edge'));
    expect([...overridden.renew(chains.keys())].sort()).toEqual(['n/a', 'n/b', 'n/edge']);
    expect(messageOf('n/edge')).toBe('spec.timeouts.request holds nowhere, before it goes TrafficPolicy n/a, n/b');
    expect(messageOf('n/a')).toBeUndefined();
  });

  it('is nothing any more as soon as it holds at one place', () => {
    chains.set('Gateway:n/edge', requestTimeout('n/edge'));
    overridden.renew(['Gateway:n/edge']);
    expect(messageOf('n/edge')).toBeUndefined();
  });

  it('forgets places that are gone', () => {
    chains.delete('Gateway:n/edge');
    chains.delete('Gateway:n/edge,Route:n/b');
    overridden.renew(['Gateway:n/edge', 'Gateway:n/edge,Route:n/b']);
    expect(messageOf('n/edge')).toBe('spec.timeouts.request holds nowhere, before it goes TrafficPolicy n/a');
  });
});
