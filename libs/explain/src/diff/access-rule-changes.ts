// SPDX-License-Identifier: Apache-2.0
import type { AccessRule } from '@weir/policy/snapshot';
import { conditionWords } from './condition-words.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { coversRule } from './rule-cover.ts';
import { differingFields, fromTo, isSame, paired } from './values.ts';

type Say = (text: string) => Change;

/** How rules of one action differ, as changes. */
export function accessRuleChanges(
  action: 'allow' | 'deny',
  before: readonly AccessRule[],
  after: readonly AccessRule[],
): readonly Change[] {
  if (isSame(before, after)) return [];
  // More fits: of Allow rules that admits more, of Deny rules it refuses more.
  const [wider, narrower]: readonly [Say, Say] = action === 'allow' ? [weakens, strengthens] : [strengthens, weakens];
  if (action === 'allow' && before.length === 0) return [strengthens(`requests must fit an allow rule: ${namesOf(after)}`)];
  if (action === 'allow' && after.length === 0) {
    return [weakens(`requests need not fit an allow rule any more: ${namesOf(before)}`)];
  }
  const { both, lost, gained } = paired(before, after, ({ name }) => name);
  const isIn = (rules: readonly AccessRule[], rule: AccessRule): boolean => rules.some(other => coversRule(other, rule));
  return [
    ...gained.map(rule => (isIn(before, rule) ? neutral : wider)(`${action} rule ${rule.name} added`)),
    ...lost.map(rule => (isIn(after, rule) ? neutral : narrower)(`${action} rule ${rule.name} removed`)),
    ...both.flatMap(([old, now]) => (isSame(old, now) ? [] : [ruleChange(old, now, { action, wider, narrower })])),
  ];
}

interface Direction {
  readonly action: string;
  readonly wider: Say;
  readonly narrower: Say;
}

function ruleChange(before: AccessRule, after: AccessRule, { action, wider, narrower }: Direction): Change {
  const [hasWidened, hasNarrowed] = [coversRule(after, before), coversRule(before, after)];
  const words = differingFields(before, after).map(name =>
    fromTo(name, conditionWords(before, name), conditionWords(after, name)),
  );
  const text = `${action} rule ${after.name}: ${words.join('; ')}`;
  if (hasWidened && hasNarrowed) return neutral(text);
  if (hasWidened) return wider(text);
  return (hasNarrowed ? narrower : mayWeaken)(text);
}

function namesOf(rules: readonly AccessRule[]): string {
  return rules.map(({ name }) => name).join(' ');
}
