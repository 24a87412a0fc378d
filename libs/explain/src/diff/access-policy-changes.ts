// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, AddressLists } from '@weir/policy/snapshot';
import { accessRuleChanges } from './access-rule-changes.ts';
import { authenticationChanges } from './authentication-changes.ts';
import type { Sides } from './authentication-changes.ts';
import { CidrCover } from './cidr-cover.ts';
import { externalAuthorizationChanges } from './external-authorization-changes.ts';
import { hasIdentityRules } from './identity-rules.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo, isSame, shownList } from './values.ts';

/** Fields that say which policy it is. */
const IDENTITY: ReadonlySet<string> = new Set(['kind', 'name', 'label']);

type Compare = (before: AccessPolicy, after: AccessPolicy, sides: Sides) => readonly Change[];

/** By field; one that is not here may weaken whenever it differs. */
const FIELDS: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['unresolved', (_, { unresolved }) => [unresolvedChange(unresolved)]],
  ['addresses', (before, after) => addressChanges(before.addresses, after.addresses)],
  ['authentication', (before, after, sides) => authenticationChanges(before.authentication, after.authentication, sides)],
  [
    'externalAuthorization',
    (before, after) => externalAuthorizationChanges(before.externalAuthorization, after.externalAuthorization),
  ],
  ['denyRules', (before, after) => accessRuleChanges('deny', before.denyRules, after.denyRules)],
  ['allowRules', (before, after) => accessRuleChanges('allow', before.allowRules, after.allowRules)],
]);

/** What a policy asks otherwise than before. While it only looks on, nothing that it says is stronger or weaker. */
export function accessPolicyChanges(before: AccessPolicy, after: AccessPolicy, sides: Sides): readonly Change[] {
  // The Consumers behind a method may differ where the method does not.
  const names = new Set([...differingFields(before, after), 'authentication']);
  const changes = [...names]
    .filter(name => !IDENTITY.has(name) && name !== 'isShadow')
    .flatMap(name => {
      const compare = FIELDS.get(name);
      if (compare !== undefined) return compare(before, after, sides);
      return [mayWeaken(fromTo(name, fieldOf(before, name), fieldOf(after, name)))];
    });
  if (!before.isShadow && !after.isShadow) return changes;
  const mode = before.isShadow === after.isShadow ? [] : [modeChange(after, sides)];
  return [...mode, ...changes.map(({ text }) => neutral(text))];
}

/** Whether two policies of different names ask the same. */
export function asksTheSame(before: AccessPolicy, after: AccessPolicy): boolean {
  return differingFields(before, after).every(name => IDENTITY.has(name));
}

function modeChange({ isShadow, authentication }: AccessPolicy, sides: Sides): Change {
  if (isShadow) return weakens('mode: Enforce → Shadow, it refuses nothing any more');
  const tellsRules = authentication !== undefined && hasIdentityRules(sides.after);
  return (tellsRules ? mayWeaken : strengthens)('mode: Shadow → Enforce');
}

function unresolvedChange(unresolved: string | undefined): Change {
  if (unresolved !== undefined) return strengthens(`cannot be evaluated and refuses everything: ${unresolved}`);
  return mayWeaken('could not be evaluated and refused everything; now it is evaluated');
}

const NO_LISTS: AddressLists = { allow: undefined, deny: [] };

function addressChanges(before = NO_LISTS, after = NO_LISTS): readonly Change[] {
  return [...allowChanges(before.allow, after.allow), ...listChanges('addresses.deny', before.deny, after.deny)];
}

function allowChanges(before: AddressLists['allow'], after: AddressLists['allow']): readonly Change[] {
  if (isSame(before, after)) return [];
  if (after === undefined) return [weakens('addresses.allow: gone, every address is admitted')];
  if (before === undefined) return [strengthens(`addresses.allow: only ${shownList(after)}`)];
  return listChanges('addresses.allow', before, after);
}

/** Ranges that a wider one of the other side has in it make no difference. */
function listChanges(name: string, before: readonly string[], after: readonly string[]): readonly Change[] {
  const added = missingIn(before, after);
  const removed = missingIn(after, before);
  const isAllow = name.endsWith('allow');
  return [
    ...(added.length === 0 ? [] : [(isAllow ? weakens : strengthens)(`${name}: ${shownList(added)} added`)]),
    ...(removed.length === 0 ? [] : [(isAllow ? strengthens : weakens)(`${name}: ${shownList(removed)} removed`)]),
  ];
}

function missingIn(cidrs: readonly string[], others: readonly string[]): readonly string[] {
  const cover = new CidrCover(cidrs);
  return others.filter(cidr => !cover.covers(cidr));
}
