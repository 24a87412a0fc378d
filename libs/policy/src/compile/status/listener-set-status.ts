// SPDX-License-Identifier: Apache-2.0
import type { ResolvedListenerSet } from '../../resolve/index.ts';
import { listenerStatuses } from './listener-status.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { ListenerSetStatus } from './status.ts';

export interface ListenerSetStatusSources {
  readonly before: ListenerSetStatus | undefined;
  readonly nowMs: number;
  /** Accepted routes of a listener, by its name. */
  readonly attachedRoutes: (listener: string) => number;
}

export function listenerSetStatus(
  { document, findings, listeners }: ResolvedListenerSet,
  { before, nowMs, attachedRoutes }: ListenerSetStatusSources,
): ListenerSetStatus {
  const stamp = { generation: document.generation, nowMs };
  return {
    conditions: stampConditions(findings, before?.conditions, stamp),
    listeners: listenerStatuses(listeners, { before: before?.listeners, stamp, attachedRoutes }),
  };
}
