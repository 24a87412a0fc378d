// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util';
import type { Status } from '@weir/policy/compile';
import { CONTROLLER_NAME, MESH_CONTROLLER_NAME } from '@weir/policy/resolve';
import type { ClusterObject } from '../api/cluster-api.ts';
import type { ClusterGatewayStatus } from '../gateways/status-with-facts.ts';
import { coversOwned, ownedStatusFields } from './owned-fields.ts';
import { fieldsOf, listOf } from './plain-fields.ts';
import type { Fields } from './plain-fields.ts';
import { hasAll } from './same-fields.ts';

/** As the compiler says it, of a Gateway with what the cluster knows of it. */
export type WrittenStatus = ClusterGatewayStatus | Status;

/** A status as it is to be applied. */
export interface MergedStatus {
  readonly status: Fields;
  /** The object has it already. */
  readonly isThere: boolean;
}

/**
 * Lists that an API server takes as one thing (x-kubernetes-list-type: atomic), though each entry has a writer of its own, by
 * `controllerName`: with how many there may be, and what an entry is about.
 */
const SHARED_LISTS = [
  { list: 'parents', about: 'parentRef', maxEntries: 32 },
  { list: 'ancestors', about: 'ancestorRef', maxEntries: 16 },
] as const;
type SharedList = (typeof SHARED_LISTS)[number];

/**
 * What Weir says of an object, put together with what others say and with the times that hold: a condition whose status is what it was in
 * the cluster keeps the time of its transition, so that a new leader writes nothing. `wanted` undefined: Weir has nothing to say any more.
 */
export function mergeStatus(wanted: WrittenStatus | undefined, object: ClusterObject): MergedStatus {
  const found = fieldsOf(object['status']);
  const plain = fieldsOf(JSON.parse(JSON.stringify(wanted ?? {})));
  const shared = SHARED_LISTS.find(({ list }) => list in plain || list in found);
  const status = shared === undefined ? withTimes(plain, found) : { [shared.list]: mergedEntries(shared, plain, found) };
  const isThere =
    shared === undefined ? hasAll(found, status) : isDeepStrictEqual(listOf(found[shared.list]), status[shared.list]);
  return { status, isThere: isThere && coversOwned(status, ownedStatusFields(object) ?? {}) };
}

/**
 * Each entry stays in its place, so that two writers that put their own first do not take turns. Those that come are last: where there is
 * no room for all, none that is there is lost (GEP-713).
 */
function mergedEntries({ list, about, maxEntries }: SharedList, wanted: Fields, found: Fields): readonly unknown[] {
  const there = listOf(found[list]).map(fieldsOf);
  const own = listOf(wanted[list]).map(fieldsOf);
  const isSame = (one: Fields, other: Fields): boolean =>
    one['controllerName'] === other['controllerName'] && isDeepStrictEqual(one[about], other[about]);
  const kept = there.flatMap(before => {
    if (!isOwn(before)) return [before];
    const entry = own.find(one => isSame(one, before));
    return entry === undefined ? [] : [withTimes(entry, before)];
  });
  const fresh = own.filter(entry => !there.some(before => isSame(entry, before)));
  return [...kept, ...fresh].slice(0, maxEntries);
}

function isOwn({ controllerName }: Fields): boolean {
  return controllerName === CONTROLLER_NAME || controllerName === MESH_CONTROLLER_NAME;
}

/** Also of the conditions of each listener. */
function withTimes(wanted: Fields, found: Fields): Fields {
  const { conditions, listeners } = wanted;
  return {
    ...wanted,
    ...(conditions === undefined ? {} : { conditions: listOf(conditions).map(one => withTime(fieldsOf(one), found)) }),
    ...(listeners === undefined ? {} : { listeners: listOf(listeners).map(one => listenerWithTimes(fieldsOf(one), found)) }),
  };
}

function listenerWithTimes(listener: Fields, found: Fields): Fields {
  const before = listOf(found['listeners'])
    .map(fieldsOf)
    .find(({ name }) => name === listener['name']);
  return withTimes(listener, before ?? {});
}

function withTime(condition: Fields, found: Fields): Fields {
  const before = listOf(found['conditions'])
    .map(fieldsOf)
    .find(({ type }) => type === condition['type']);
  if (before === undefined || before['status'] !== condition['status']) return condition;
  return { ...condition, lastTransitionTime: before['lastTransitionTime'] };
}
