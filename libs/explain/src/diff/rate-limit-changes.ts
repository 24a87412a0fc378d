// SPDX-License-Identifier: Apache-2.0
import { NO_CONDITIONS } from '@weir/policy/snapshot';
import type { RateLimitSpec, RateLimitWindow, RequestConditions } from '@weir/policy/snapshot';
import { formatDuration } from '@weir/base';
import { keyWords } from '../answer/traffic-policies.ts';
import { conditionWords } from './condition-words.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { coversRule } from './rule-cover.ts';
import { sharedChanges } from './shared-limit-changes.ts';
import { differingFields, fieldOf, fromTo, isSame, paired } from './values.ts';

/** How the limits of one policy differ. A limit that only looks on refuses nothing, whatever it says. */
export function rateLimitChanges(before: readonly RateLimitSpec[], after: readonly RateLimitSpec[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ limit }) => limit);
  return [
    ...gained.map(spec => (spec.isShadow ? neutral : strengthens)(`limit ${spec.limit} added`)),
    ...lost.map(spec => (spec.isShadow ? neutral : weakens)(`limit ${spec.limit} removed`)),
    ...both.flatMap(([old, now]) => limitChanges(old, now)),
  ];
}

function limitChanges(before: RateLimitSpec, after: RateLimitSpec): readonly Change[] {
  const changes = differingFields(before, after)
    .flatMap(name => FIELDS.get(name)?.(before, after) ?? otherField(name, before, after))
    .map(({ effect, text }): Change => ({ effect, text: `limit ${after.limit}: ${text}` }));
  if (!before.isShadow && !after.isShadow) return changes;
  return [...modeChange(before, after), ...changes.map(({ text }) => neutral(text))];
}

function modeChange(before: RateLimitSpec, after: RateLimitSpec): readonly Change[] {
  if (before.isShadow === after.isShadow) return [];
  if (!after.isShadow) return [strengthens(`limit ${after.limit}: mode: Shadow → Enforce`)];
  return [weakens(`limit ${after.limit}: mode: Enforce → Shadow, it refuses nothing any more`)];
}

type Compare = (before: RateLimitSpec, after: RateLimitSpec) => readonly Change[];

/** By field; one that is not here may weaken whenever it differs. */
const FIELDS: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['policy', () => []],
  ['scope', () => []],
  // Said by modeChange, which takes the force from all others.
  ['isShadow', () => []],
  ['windows', (before, after) => windowChanges(before.windows, after.windows)],
  ['key', (before, after) => [mayWeaken(`${keyWords(before.key)} → ${keyWords(after.key)}`)]],
  ['cost', ({ cost: old }, { cost }) => [(cost > old ? strengthens : weakens)(fromTo('cost', old, cost))]],
  [
    'isPerRoute',
    (_, { isPerRoute }) => [
      isPerRoute ? weakens('each route has a count of its own') : strengthens('all routes share one count'),
    ],
  ],
  ['shared', (before, after) => sharedChanges(before.shared, after.shared)],
  ['when', (before, after) => [whenChange(before.when ?? NO_CONDITIONS, after.when ?? NO_CONDITIONS)]],
]);

function otherField(name: string, before: RateLimitSpec, after: RateLimitSpec): readonly Change[] {
  return [mayWeaken(fromTo(name, fieldOf(before, name), fieldOf(after, name)))];
}

/** All windows must have room, so that one more refuses more. */
function windowChanges(before: readonly RateLimitWindow[], after: readonly RateLimitWindow[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ windowMs }) => String(windowMs));
  return [
    ...gained.map(window => strengthens(`${windowWords(window)} added`)),
    ...lost.map(window => weakens(`${windowWords(window)} removed`)),
    ...both.flatMap(([old, now]) => (isSame(old, now) ? [] : [windowChange(old, now)])),
  ];
}

function windowChange(before: RateLimitWindow, after: RateLimitWindow): Change {
  const text = `${windowWords(before)} → ${windowWords(after)}`;
  const differences = [after.requests - before.requests, burstOf(after) - burstOf(before)];
  if (differences.every(difference => difference === 0)) return neutral(text);
  if (differences.every(difference => difference >= 0)) return weakens(text);
  return (differences.every(difference => difference <= 0) ? strengthens : mayWeaken)(text);
}

function burstOf({ requests, burst = requests }: RateLimitWindow): number {
  return burst;
}

function windowWords(window: RateLimitWindow): string {
  const burst = burstOf(window) === window.requests ? '' : `, ${burstOf(window)} at once`;
  return `${window.requests} in ${formatDuration(window.windowMs)}${burst}`;
}

/** Whoever fits no longer is no longer counted. */
function whenChange(before: RequestConditions, after: RequestConditions): Change {
  const [old, now] = [before, after].map(when => ({ name: '', ...when }));
  const words = differingFields(old!, now!).map(name => fromTo(name, conditionWords(old!, name), conditionWords(now!, name)));
  const text = `counts others: ${words.join('; ')}`;
  const [countsMore, countsLess] = [coversRule(now!, old!), coversRule(old!, now!)];
  if (countsMore && countsLess) return neutral(text);
  if (countsMore) return strengthens(text);
  return (countsLess ? weakens : mayWeaken)(text);
}
