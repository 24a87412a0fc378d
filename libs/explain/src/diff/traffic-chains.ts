// SPDX-License-Identifier: Apache-2.0
import type { InjectedFaultSpec, ResourceName, Snapshot, TrafficLimits } from '@weir/policy/snapshot';
import { faultText } from '../answer/limit-words.ts';
import type { Sides } from './authentication-changes.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { isSame, paired } from './values.ts';

/** A TrafficPolicy where it is attached. */
interface Link {
  readonly scope: string;
  /** `namespace/name`. */
  readonly policy: string;
}

/** The policies of a chain of limits or calls, which is named after them: `traffic-limits/SCOPE:NAMESPACE/POLICY,…`. */
export function trafficLinksOf(chain: ResourceName | undefined): readonly Link[] {
  if (chain === undefined) return [];
  return chain
    .slice(chain.indexOf('/') + 1)
    .split(',')
    .map(text => {
      const [scope = '', policy = ''] = text.split(':');
      return { scope, policy };
    });
}

/** What a policy limits. */
export type PolicyLimits = Pick<TrafficLimits, 'concurrencyLimits' | 'faults' | 'rateLimits'>;

/** The limits that a policy has where it is in force; undefined = it is in force nowhere. */
export function limitsInForce({ resources }: Snapshot, policy: string): PolicyLimits | undefined {
  for (const resource of resources.values()) {
    if (resource.kind !== 'trafficLimits' || !trafficLinksOf(resource.name).some(link => link.policy === policy)) continue;
    const own = <Part extends { readonly policy: string }>(parts: readonly Part[]) =>
      parts.filter(part => part.policy === policy);
    return {
      rateLimits: own(resource.rateLimits),
      concurrencyLimits: own(resource.concurrencyLimits),
      faults: own(resource.faults),
    };
  }
  return undefined;
}

/** Which policies hold at one place otherwise than before, by the names of the limits there. */
export function trafficChainChanges(
  before: ResourceName | undefined,
  after: ResourceName | undefined,
  { before: earlier, after: later }: Sides,
): readonly Change[] {
  const { lost, gained } = paired(trafficLinksOf(before), trafficLinksOf(after), ({ scope, policy }) => `${scope} ${policy}`);
  return [
    ...lost.map(link => (isLimiting(earlier, link) ? weakens : neutral)(`${titleOf(link)} no longer holds`)),
    ...gained.map(link => (isLimiting(later, link) ? strengthens : neutral)(`${titleOf(link)} holds`)),
    ...gained.flatMap(link => faultsOf(later, link).map(fault => mayWeaken(`${titleOf(link)}: ${faultText(fault)}`))),
    ...unresolvedChanges(unresolvedOf(earlier, before), unresolvedOf(later, after)),
  ];
}

function unresolvedChanges(before: string | undefined, after: string | undefined): readonly Change[] {
  if (isSame(before, after)) return [];
  if (after !== undefined) return [strengthens(`everything is refused: ${after}`)];
  return [mayWeaken('limits could not be evaluated and refused everything; now they are evaluated')];
}

function unresolvedOf({ resources }: Snapshot, name: ResourceName | undefined): string | undefined {
  const limits = name === undefined ? undefined : resources.get(name);
  return limits?.kind === 'trafficLimits' ? limits.unresolved : undefined;
}

function isLimiting(snapshot: Snapshot, { policy }: Link): boolean {
  const { rateLimits = [], concurrencyLimits = [] } = limitsInForce(snapshot, policy) ?? {};
  return [...rateLimits, ...concurrencyLimits].some(({ isShadow }) => !isShadow);
}

function faultsOf(snapshot: Snapshot, { policy }: Link): readonly InjectedFaultSpec[] {
  return limitsInForce(snapshot, policy)?.faults ?? [];
}

function titleOf({ policy, scope }: Link): string {
  return `TrafficPolicy ${policy} (${scope})`;
}
