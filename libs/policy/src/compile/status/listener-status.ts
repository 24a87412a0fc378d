// SPDX-License-Identifier: Apache-2.0
import type { ResolvedListener } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { Stamp } from './stamp-conditions.ts';
import type { ListenerStatus } from './status.ts';

export interface ListenerStatusSources {
  readonly before: readonly ListenerStatus[] | undefined;
  readonly stamp: Stamp;
  /** Accepted routes of a listener, by its name. */
  readonly attachedRoutes: (listener: string) => number;
}

/** Statuses of listeners, a Gateway's or a ListenerSet's. */
export function listenerStatuses(
  listeners: readonly ResolvedListener[],
  { before, stamp, attachedRoutes }: ListenerStatusSources,
): readonly ListenerStatus[] {
  return listeners.map(({ name, sectionName, supportedKinds, findings }) => ({
    name: sectionName,
    supportedKinds,
    attachedRoutes: attachedRoutes(name),
    conditions: stampConditions(findings, before?.find(listener => listener.name === sectionName)?.conditions, stamp),
  }));
}
