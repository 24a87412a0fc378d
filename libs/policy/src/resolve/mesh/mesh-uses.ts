// SPDX-License-Identifier: Apache-2.0
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { inboundRulesOf, servedPortsOf } from './inbound-rules.ts';
import type { ResolvedMeshService } from './mesh-service.ts';

/** Access chains that receivers of a Service need. */
export function accessChainsOf(service: ResolvedMeshService | undefined): readonly PolicyChain[] {
  return receiverChains(service, ({ access }) => access);
}

/** Chains of limits that receivers of a Service need. */
export function limitChainsOf(service: ResolvedMeshService | undefined): readonly PolicyChain[] {
  return receiverChains(service, found => ('limits' in found ? found.limits : found.traffic));
}

type Guarded =
  | Pick<ResolvedMeshService, 'access' | 'traffic'>
  | { readonly access: PolicyChain | undefined; readonly limits: PolicyChain | undefined };

function receiverChains(
  service: ResolvedMeshService | undefined,
  chainOf: (found: Guarded) => PolicyChain | undefined,
): readonly PolicyChain[] {
  if (service === undefined) return [];
  return servedPortsOf(service).flatMap(port => {
    const rules = inboundRulesOf(service, port).map(({ policies }) => chainOf(policies));
    return [chainOf(service), ...rules].filter(chain => chain !== undefined);
  });
}

/** How the Service's endpoints are called by default. */
export function callChainsOf(service: ResolvedMeshService | undefined): readonly PolicyChain[] {
  const isCalled = service?.ports.some(({ defaults }) => defaults.requests.length > 0) === true;
  return isCalled && service.traffic !== undefined ? [service.traffic] : [];
}

/** Ports that are called by default. */
export function meshTargetsOf(service: ResolvedMeshService | undefined): readonly BackendTarget[] {
  return (service?.ports ?? [])
    .filter(({ defaults }) => defaults.requests.length + defaults.streams.length > 0)
    .map(({ target }) => target);
}
