// SPDX-License-Identifier: Apache-2.0
import type { Condition, Status } from '../index.ts';

/** A status as the golden scenarios write it: conditions by type as `True Accepted`, listeners by name, kinds as names. */
export function compactStatus(status: Status): object {
  if ('parents' in status) {
    return {
      parents: status.parents.map(({ parentRef, controllerName, conditions }) => ({
        ...parentRef,
        controllerName,
        conditions: compactConditions(conditions),
      })),
    };
  }
  if ('ancestors' in status) {
    return {
      ancestors: status.ancestors.map(({ ancestorRef: { namespace, name }, conditions }) => ({
        gateway: `${namespace}/${name}`,
        conditions: compactConditions(conditions),
      })),
    };
  }
  const conditions = compactConditions(status.conditions);
  if (!('listeners' in status)) return { conditions };
  const listeners = status.listeners.map(({ name, attachedRoutes, supportedKinds, ...listener }) => [
    name,
    {
      attachedRoutes,
      supportedKinds: supportedKinds.map(({ kind }) => kind),
      conditions: compactConditions(listener.conditions),
    },
  ]);
  if (!('addresses' in status)) return { conditions, listeners: Object.fromEntries(listeners) as object };
  return {
    attachedListenerSets: status.attachedListenerSets,
    addresses: status.addresses.map(({ value }) => value),
    conditions,
    listeners: Object.fromEntries(listeners) as object,
  };
}

function compactConditions(conditions: readonly Condition[]): object {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}
