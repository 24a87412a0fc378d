// SPDX-License-Identifier: Apache-2.0
import { hasIpv6 } from '@weir/base';
import { INTERCEPTION_DEFAULTS } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import type { CapturedPorts } from './sidecar-options.ts';

/** Where `weir intercept` redirects to, in each family of addresses that this host has. `addresses`: at which the workload is called. */
export function capturedPorts(addresses: readonly string[]): CapturedPorts {
  const wildcards = hasIpv6() ? ['0.0.0.0', '::'] : ['0.0.0.0'];
  const at = (port: number): readonly PortAddress[] => wildcards.map(address => ({ address, port }));
  const { inboundPort, outboundPort } = INTERCEPTION_DEFAULTS;
  return { addresses, inbound: at(inboundPort), outbound: at(outboundPort) };
}
