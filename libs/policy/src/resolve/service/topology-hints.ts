// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from '../../snapshot/index.ts';

/** An endpoint with what its slices say of whose callers it is for; none = nothing. */
export interface HintedEndpoint {
  readonly endpoint: Endpoint;
  readonly forZones: readonly string[];
  readonly forNodes: readonly string[];
}

/** Which hints of a Service's endpoints count. */
export interface TopologyHints {
  readonly hasZones: boolean;
  readonly hasNodes: boolean;
}

/**
 * As kube-proxy heeds them (KEP-2433, KEP-3015): only where all endpoints have some. While they are being written, those that have none yet
 * would get nothing.
 */
export function topologyHintsOf(found: readonly HintedEndpoint[]): TopologyHints {
  const isEach = (has: (one: HintedEndpoint) => boolean): boolean => found.length > 0 && found.every(has);
  return { hasZones: isEach(({ forZones }) => forZones.length > 0), hasNodes: isEach(({ forNodes }) => forNodes.length > 0) };
}

/** The endpoints with those hints that count; an endpoint for its own zone alone needs none. */
export function withHints(found: readonly HintedEndpoint[], { hasZones, hasNodes }: TopologyHints): readonly Endpoint[] {
  return found.map(({ endpoint, forZones, forNodes }) => {
    const isOwnZone = forZones.length === 1 && forZones[0] === endpoint.zone;
    return {
      ...endpoint,
      ...(hasZones && !isOwnZone ? { forZones } : {}),
      ...(hasNodes ? { forNodes } : {}),
    };
  });
}

export function withoutHints(found: readonly HintedEndpoint[]): readonly Endpoint[] {
  return found.map(({ endpoint }) => endpoint);
}
