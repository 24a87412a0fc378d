// SPDX-License-Identifier: Apache-2.0
import { NO_CONDITIONS } from '@weir/policy/snapshot';
import type { RateLimitSpec, RequestConditions } from '@weir/policy/snapshot';
import { keyWords } from '../answer/limit-words.ts';
import { conditionWords } from './condition-words.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { coversRule } from './rule-cover.ts';
import { differingFields, fieldOf, fromTo, paired } from './values.ts';

/** What limits of every kind have. */
export type Limit = Pick<RateLimitSpec, 'isPerRoute' | 'isShadow' | 'key' | 'limit' | 'policy' | 'scope' | 'when'>;

/** What becomes of a field that differs. */
export type Compare<Spec> = (before: Spec, after: Spec) => readonly Change[];

interface Lists<Spec> {
  readonly before: readonly Spec[];
  readonly after: readonly Spec[];
}

/** How the limits of one policy differ. A limit that only looks on refuses nothing, whatever it says. */
export function limitListChanges<Spec extends Limit>(
  { before, after }: Lists<Spec>,
  fields: ReadonlyMap<string, Compare<Spec>>,
): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ limit }) => limit);
  return [
    ...gained.map(spec => (spec.isShadow ? neutral : strengthens)(`limit ${spec.limit} added`)),
    ...lost.map(spec => (spec.isShadow ? neutral : weakens)(`limit ${spec.limit} removed`)),
    ...both.flatMap(([old, now]) => limitChanges(old, now, fields)),
  ];
}

function limitChanges<Spec extends Limit>(
  before: Spec,
  after: Spec,
  fields: ReadonlyMap<string, Compare<Spec>>,
): readonly Change[] {
  const changes = differingFields(before, after)
    .flatMap(name => fields.get(name)?.(before, after) ?? otherField(name, before, after))
    .map(({ effect, text }): Change => ({ effect, text: `limit ${after.limit}: ${text}` }));
  if (!before.isShadow && !after.isShadow) return changes;
  return [...modeChange(before, after), ...changes.map(({ text }) => neutral(text))];
}

function modeChange(before: Limit, after: Limit): readonly Change[] {
  if (before.isShadow === after.isShadow) return [];
  if (!after.isShadow) return [strengthens(`limit ${after.limit}: mode: Shadow → Enforce`)];
  return [weakens(`limit ${after.limit}: mode: Enforce → Shadow, it refuses nothing any more`)];
}

/** Of limits of every kind. */
export const SHARED_FIELDS: ReadonlyMap<string, Compare<Limit>> = new Map<string, Compare<Limit>>([
  ['policy', () => []],
  ['scope', () => []],
  // Said by modeChange, which takes the force from all others.
  ['isShadow', () => []],
  ['key', (before, after) => [mayWeaken(`${keyWords(before.key)} → ${keyWords(after.key)}`)]],
  [
    'isPerRoute',
    (_, { isPerRoute }) => [
      isPerRoute ? weakens('each route has a count of its own') : strengthens('all routes share one count'),
    ],
  ],
  ['when', (before, after) => [whenChange(before.when ?? NO_CONDITIONS, after.when ?? NO_CONDITIONS)]],
]);

function otherField(name: string, before: object, after: object): readonly Change[] {
  return [mayWeaken(fromTo(name, fieldOf(before, name), fieldOf(after, name)))];
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
