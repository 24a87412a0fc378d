// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGateway } from '../../resolve/index.ts';
import { listenerStatuses } from './listener-status.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayStatus } from './status.ts';

export interface GatewayStatusSources {
  readonly before: GatewayStatus | undefined;
  readonly nowMs: number;
  /** Accepted routes of a listener, by `namespace/gateway/listener`. */
  readonly attachedRoutes: (listener: string) => number;
}

export function gatewayStatus(gateway: ResolvedGateway, { before, nowMs, attachedRoutes }: GatewayStatusSources): GatewayStatus {
  const stamp = { generation: gateway.document.generation, nowMs };
  const own = gateway.listeners.filter(({ document }) => document === gateway.document);
  return {
    addresses: gateway.addresses.map(value => ({ type: 'IPAddress', value })),
    conditions: stampConditions(gateway.findings, before?.conditions, stamp),
    listeners: listenerStatuses(own, { before: before?.listeners, stamp, attachedRoutes }),
    attachedListenerSets: gateway.sets.filter(({ findings }) => findings.Accepted.status === 'True').length,
  };
}
