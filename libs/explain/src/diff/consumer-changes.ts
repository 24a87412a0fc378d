// SPDX-License-Identifier: Apache-2.0
import type { ApiKeyHash, Consumer, Consumers, ResourceName, Snapshot } from '@weir/policy/snapshot';
import { mayWeaken, strengthens, weakens } from './policy-diff.ts';
import type { Change } from './policy-diff.ts';
import { differingFields, fieldOf, fromTo, isSame, paired } from './values.ts';

/** How those whom a method admits differ. Keys are counted and never shown, not even their hashes. */
export function consumerChanges(before: readonly Consumer[], after: readonly Consumer[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ label }) => label);
  return [
    ...gained.map(({ label }) => weakens(`Consumer ${label} is admitted`)),
    ...lost.map(({ label }) => strengthens(`Consumer ${label} is no longer admitted`)),
    ...both.flatMap(([old, now]) => changesOfConsumer(old, now)),
  ];
}

export function consumersOf({ resources }: Snapshot, name: ResourceName): readonly Consumer[] {
  const resource: Consumers | undefined = asConsumers(resources.get(name));
  return resource?.consumers ?? [];
}

function asConsumers(resource: ReturnType<Snapshot['resources']['get']>): Consumers | undefined {
  return resource?.kind === 'consumers' ? resource : undefined;
}

function changesOfConsumer(before: Consumer, after: Consumer): readonly Change[] {
  const about = `Consumer ${after.label}`;
  return differingFields(before, after).flatMap(name => {
    if (name === 'apiKeys') return keyChanges(about, before.apiKeys, after.apiKeys);
    // Which rules ask for a group, and whether they allow or deny, is not looked at here. Other credentials are not to be shown.
    if (name === 'groups') return mayWeaken(`${about}: ${fromTo(name, fieldOf(before, name), fieldOf(after, name))}`);
    return mayWeaken(`${about}: ${name} differs`);
  });
}

function keyChanges(about: string, before: readonly ApiKeyHash[], after: readonly ApiKeyHash[]): readonly Change[] {
  const { both, lost, gained } = paired(before, after, ({ sha256 }) => sha256);
  const longer = both.filter(([old, now]) => endOf(now) > endOf(old)).length;
  const shorter = both.filter(([old, now]) => endOf(now) < endOf(old)).length;
  const keys = (count: number): string => `${count} ${count === 1 ? 'key' : 'keys'}`;
  return [
    ...(gained.length === 0 ? [] : [weakens(`${about}: ${keys(gained.length)} added`)]),
    ...(lost.length === 0 ? [] : [strengthens(`${about}: ${keys(lost.length)} removed`)]),
    ...(longer === 0 ? [] : [weakens(`${about}: ${keys(longer)} valid for longer`)]),
    ...(shorter === 0 ? [] : [strengthens(`${about}: ${keys(shorter)} valid for less long`)]),
  ];
}

/** 0 stands for never. */
function endOf({ expiresMs }: ApiKeyHash): number {
  return isSame(expiresMs, 0) ? Number.POSITIVE_INFINITY : expiresMs;
}
