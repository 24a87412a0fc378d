// SPDX-License-Identifier: Apache-2.0
import type { AccessGuard, AccessPart, AccessPolicy, ResourceName, Snapshot } from '@weir/policy/snapshot';
import { asksTheSame } from './access-policy-changes.ts';
import type { Sides } from './authentication-changes.ts';
import { hasIdentityRules } from './identity-rules.ts';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { isSame, paired } from './values.ts';

/** How the policies that hold at one place differ: which they are, what is relaxed of them, and whether their default is in force. */
export function chainChanges(before: ResourceName | undefined, after: ResourceName | undefined, sides: Sides): readonly Change[] {
  const { both, lost, gained } = paired(guardsOf(sides.before, before), guardsOf(sides.after, after), ({ policy }) => policy);
  const renamed = lost.flatMap(guard => {
    const twin = gained.find(other => isTwin(guard, other, sides));
    return twin === undefined ? [] : [[guard, twin] as const];
  });
  const isRenamed = (guard: AccessGuard): boolean => renamed.some(pair => pair.includes(guard));
  return [
    ...lost.filter(guard => !isRenamed(guard)).map(guard => lostChange(guard, sides.before)),
    ...gained.filter(guard => !isRenamed(guard)).map(guard => gainedChange(guard, sides.after)),
    ...renamed.map(([old, now]) => neutral(`${titleOf(now, sides.after)} asks what ${titleOf(old, sides.before)} asked`)),
    ...both.flatMap(([old, now]) => guardChanges(old, now, sides.after)),
  ];
}

/** The policies of chains in words: `office (Gateway), cart (Route)`. */
export function chainWords(snapshot: Snapshot, chain: ResourceName | undefined): string {
  return guardsOf(snapshot, chain)
    .map(guard => titleOf(guard, snapshot))
    .join(', ');
}

/** Whether any policy of a chain can refuse; one that is not known refuses everything. */
export function isGuarded(snapshot: Snapshot, chain: ResourceName | undefined): boolean {
  return guardsOf(snapshot, chain).some(({ policy }) => isActing(snapshot, policy));
}

export function guardsOf({ resources }: Snapshot, chain: ResourceName | undefined): readonly AccessGuard[] {
  const resource = chain === undefined ? undefined : resources.get(chain);
  return resource?.kind === 'accessChain' ? resource.guards : [];
}

export function accessPolicyOf({ resources }: Snapshot, name: ResourceName): AccessPolicy | undefined {
  const resource = resources.get(name);
  return resource?.kind === 'accessPolicy' ? resource : undefined;
}

function isActing(snapshot: Snapshot, policy: ResourceName): boolean {
  return accessPolicyOf(snapshot, policy)?.isShadow !== true;
}

function isTwin(before: AccessGuard, after: AccessGuard, sides: Sides): boolean {
  const [old, now] = [accessPolicyOf(sides.before, before.policy), accessPolicyOf(sides.after, after.policy)];
  const isPlacedTheSame = isSame({ ...before, policy: '' }, { ...after, policy: '' });
  return old !== undefined && now !== undefined && isPlacedTheSame && asksTheSame(old, now);
}

function lostChange(guard: AccessGuard, snapshot: Snapshot): Change {
  const say = isActing(snapshot, guard.policy) ? weakens : neutral;
  return say(`${titleOf(guard, snapshot)} no longer holds`);
}

function gainedChange(guard: AccessGuard, snapshot: Snapshot): Change {
  const text = `${titleOf(guard, snapshot)} holds`;
  if (!isActing(snapshot, guard.policy)) return neutral(text);
  const findsIdentities = accessPolicyOf(snapshot, guard.policy)?.authentication !== undefined;
  if (findsIdentities && hasIdentityRules(snapshot)) return mayWeaken(`${text}, and rules that ask who calls can admit them`);
  return strengthens(text);
}

function guardChanges(before: AccessGuard, after: AccessGuard, snapshot: Snapshot): readonly Change[] {
  const title = titleOf(after, snapshot);
  const parts = paired(before.relaxed, after.relaxed, part => part);
  const byDefault = before.deniesByDefault === after.deniesByDefault ? [] : [defaultChange(title, after.deniesByDefault)];
  return [
    ...parts.gained.map(part => weakens(`${title}: ${part} relaxed`)),
    ...parts.lost.map(part => unrelaxedChange(title, part, snapshot)),
    ...byDefault,
    ...(before.scope === after.scope ? [] : [scopeChange(title, before, snapshot)]),
  ];
}

/** Authentication that is back tells rules who calls. */
function unrelaxedChange(title: string, part: AccessPart, snapshot: Snapshot): Change {
  const say = part === 'authentication' && hasIdentityRules(snapshot) ? mayWeaken : strengthens;
  return say(`${title}: ${part} no longer relaxed`);
}

/** Rules see the identities that policies of their own scope and of wider ones have found. */
function scopeChange(title: string, { scope }: AccessGuard, snapshot: Snapshot): Change {
  const say = hasIdentityRules(snapshot) ? mayWeaken : neutral;
  return say(`${title}: was attached at ${scope}`);
}

function defaultChange(title: string, isInForce: boolean): Change {
  return isInForce ? strengthens(`${title}: denies by default`) : weakens(`${title}: no longer denies by default`);
}

function titleOf({ policy, scope }: AccessGuard, snapshot: Snapshot): string {
  return `AccessPolicy ${accessPolicyOf(snapshot, policy)?.label ?? policy} (${scope})`;
}
