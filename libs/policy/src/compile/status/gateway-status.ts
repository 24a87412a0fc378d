// SPDX-License-Identifier: Apache-2.0
import type { ResolvedGateway } from '../../resolve/index.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { GatewayStatus, ListenerStatus } from './status.ts';

export interface GatewayStatusSources {
  readonly before: GatewayStatus | undefined;
  readonly nowMs: number;
  /** Accepted routes of a listener, by `namespace/gateway/listener`. */
  readonly attachedRoutes: (listener: string) => number;
}

export function gatewayStatus(gateway: ResolvedGateway, { before, nowMs, attachedRoutes }: GatewayStatusSources): GatewayStatus {
  const stamp = { generation: gateway.document.generation, nowMs };
  const listeners = gateway.listeners.map(({ name, sectionName, supportedKinds, findings }): ListenerStatus => {
    const previous = before?.listeners.find(listener => listener.name === sectionName);
    return {
      name: sectionName,
      supportedKinds,
      attachedRoutes: attachedRoutes(name),
      conditions: stampConditions(findings, previous?.conditions, stamp),
    };
  });
  return {
    addresses: gateway.addresses.map(value => ({ type: 'IPAddress', value })),
    conditions: stampConditions(gateway.findings, before?.conditions, stamp),
    listeners,
  };
}
