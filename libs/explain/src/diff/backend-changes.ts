// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';
import { describeBalance, describeBreaker, describeConnectionLimits } from '../text/describe-backends.ts';
import { healthChanges } from './health-changes.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo } from './values.ts';

/** Endpoints come and go; `name` and `label` say which backend it is, `sources` who says what is compared here, `mesh` is the Service's. */
const NOT_POLICY: ReadonlySet<string> = new Set(['endpoints', 'kind', 'label', 'mesh', 'name', 'sources']);
const NEUTRAL: ReadonlySet<string> = new Set([
  'connectTimeoutMs',
  'protocol',
  'proxyProtocol',
  'sessionPersistence',
  'zonePreference',
]);

/** How a backend is called otherwise than before. */
export function backendChanges(before: Backend, after: Backend): readonly Change[] {
  return differingFields(before, after)
    .filter(name => !NOT_POLICY.has(name))
    .flatMap((name): readonly Change[] => {
      if (name === 'tls') return [tlsChange(before, after)];
      if (name === 'balance') return balanceChanges(before.balance, after.balance);
      if (name === 'health') return healthChanges(before, after);
      if (name === 'circuitBreaker') return breakerChanges(before.circuitBreaker, after.circuitBreaker);
      if (name === 'connectionLimits') return limitChanges(before.connectionLimits, after.connectionLimits);
      return [(NEUTRAL.has(name) ? neutral : mayWeaken)(fromTo(name, fieldOf(before, name), fieldOf(after, name)))];
    });
}

/** Of one way to choose part by part; nothing is cut short, so that no change is hidden. */
function balanceChanges(before: Backend['balance'], after: Backend['balance']): readonly Change[] {
  if (typeof before === 'object' && typeof after === 'object' && before.kind === after.kind) {
    return partChanges('balance', before, after);
  }
  return [neutral(`balance: ${describeBalance(before)} → ${describeBalance(after)}`)];
}

/** About reliability, as all that is said of how backends are called: it admits nobody. */
function breakerChanges(before: Backend['circuitBreaker'], after: Backend['circuitBreaker']): readonly Change[] {
  const name = 'circuitBreaker';
  if (before !== undefined && after !== undefined) return partChanges(name, before, after);
  return [neutral(`${name}: ${describeBreaker(before)} → ${describeBreaker(after)}`)];
}

function limitChanges(before: Backend['connectionLimits'], after: Backend['connectionLimits']): readonly Change[] {
  const name = 'connectionLimits';
  if (before !== undefined && after !== undefined) return partChanges(name, before, after);
  return [neutral(`${name}: ${describeConnectionLimits(before)} → ${describeConnectionLimits(after)}`)];
}

function partChanges(part: string, before: object, after: object): readonly Change[] {
  return differingFields(before, after).map(name =>
    neutral(fromTo(`${part}.${name}`, fieldOf(before, name), fieldOf(after, name))),
  );
}

function tlsChange({ tls: before }: Backend, { tls: after }: Backend): Change {
  if (before === undefined) return strengthens('TLS is used, and the certificate verified');
  if (after === undefined) return weakens('TLS is gone: requests go in plaintext');
  const fields = differingFields(before, after).map(name => fromTo(name, fieldOf(before, name), fieldOf(after, name)));
  return mayWeaken(`TLS: ${fields.join('; ')}`);
}
