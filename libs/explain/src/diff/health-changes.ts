// SPDX-License-Identifier: Apache-2.0
import type { Backend, EndpointHealth } from '@weir/policy/snapshot';
import { describeCheck, describeOutliers, describePanic, describeSlowStart } from '../text/describe-health.ts';
import { neutral } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo } from './values.ts';

/** Which endpoints are left alone is about reliability: it admits nobody. Part by part where both sides have it, else in words. */
export function healthChanges({ health: before }: Backend, { health: after }: Backend): readonly Change[] {
  if (before !== undefined && after !== undefined) return partChanges('health', before, after).map(text => neutral(text));
  return [neutral(`health: ${describeHealth(before)} → ${describeHealth(after)}`)];
}

function describeHealth(health: EndpointHealth | undefined): string {
  if (health === undefined) return 'no endpoint is left alone';
  const { outliers, check, slowStartMs } = health;
  const parts = [
    ...(outliers === undefined ? [] : [describeOutliers(outliers)]),
    ...(check === undefined ? [] : [describeCheck(check)]),
    ...(slowStartMs === 0 ? [] : [describeSlowStart(slowStartMs)]),
  ];
  return [...parts, describePanic(health)].join('; ');
}

function partChanges(path: string, before: object, after: object): readonly string[] {
  return differingFields(before, after).flatMap(name => {
    const [old, now] = [fieldOf(before, name), fieldOf(after, name)];
    if (isPart(old) && isPart(now)) return partChanges(`${path}.${name}`, old, now);
    return [fromTo(`${path}.${name}`, old, now)];
  });
}

function isPart(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
