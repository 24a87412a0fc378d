// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint } from '../../snapshot/index.ts';
import { parseAddress } from '../gateway/address.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { serverAt } from '../mesh/endpoint-server.ts';
import type { SliceEndpoint } from '../mesh/endpoint-server.ts';
import { identityOf } from '../mesh/workload-identity.ts';
import type { RevisionOfPods } from '../rollout/pod-revision.ts';
import type { ServicePort } from './service-port.ts';
import { findSlicePort } from './slice-port.ts';
import type { HintedEndpoint } from './topology-hints.ts';

type Slice = DocumentOf<'EndpointSlice'>;

/**
 * Who serves a port of a Service now: the endpoints that are ready; where there are none, those that are ending and still serve
 * (EndpointConditions.serving), as a request that may fail is better than one that does. Sorted, each once.
 */
export function collectEndpoints(slices: readonly Slice[], port: ServicePort, from: EndpointSources): readonly HintedEndpoint[] {
  const { lookup, revision = ANY_REVISION } = from;
  const find = (isServing: Wanted['isWanted']): readonly HintedEndpoint[] =>
    endpointsOf(slices, { port, lookup, isWanted: (slice, one) => isServing(slice, one) && revision.includes(slice, one) });
  const ready = find((slice, one) => isReady(one) || (!isEnding(one.conditions) && revision.isHeldBack(slice, one)));
  return ready.length > 0 ? ready : find((_, one) => isLingering(one));
}

const ANY_REVISION: RevisionOfPods = { includes: () => true, isHeldBack: () => false };

export interface EndpointSources {
  readonly lookup: Lookup;
  /** Whose endpoints alone are meant; absent = all. */
  readonly revision?: RevisionOfPods;
}

interface Wanted {
  readonly port: ServicePort;
  readonly lookup: Lookup;
  readonly isWanted: (slice: Slice, endpoint: SliceEndpoint) => boolean;
}

function endpointsOf(slices: readonly Slice[], { port, lookup, isWanted }: Wanted): readonly HintedEndpoint[] {
  const byAddress = new Map<string, HintedEndpoint>();
  for (const slice of slices) {
    const slicePort = findSlicePort(slice, port);
    const annotated = identityOf(slice);
    if (slicePort === undefined || typeof annotated === 'object') continue;
    for (const endpoint of (slice.endpoints ?? []).filter(one => isWanted(slice, one))) {
      for (const address of addressesOf(slice, endpoint)) {
        const server = serverAt({ slice, endpoint, address, annotated }, lookup);
        if (server === undefined) continue;
        const who = server.identity === undefined ? {} : { identity: server.identity };
        const key = `${address} ${slicePort}`;
        // While an endpoint moves between slices it is in two, of which either may not say its zone, or whose it is.
        const before = byAddress.get(key);
        const merged = { ...before?.endpoint, address, port: slicePort, ...zoneOf(endpoint), ...who };
        byAddress.set(key, { ...hintsOf(endpoint, before), endpoint: merged });
      }
    }
  }
  return [...byAddress.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, found]) => found);
}

function hintsOf({ hints }: SliceEndpoint, before: HintedEndpoint | undefined): Pick<HintedEndpoint, 'forNodes' | 'forZones'> {
  return {
    forZones: namesOf(hints?.forZones) ?? before?.forZones ?? [],
    forNodes: namesOf(hints?.forNodes) ?? before?.forNodes ?? [],
  };
}

/** In one order, so that another one is no change; undefined = none are said. */
function namesOf(hinted: NonNullable<SliceEndpoint['hints']>['forZones']): readonly string[] | undefined {
  const names = hinted?.map(({ name }) => name) ?? [];
  return names.length === 0 ? undefined : names.toSorted();
}

function addressesOf({ addressType }: Slice, { addresses }: SliceEndpoint): readonly string[] {
  return addresses.flatMap(text => {
    const address = parseAddress(text);
    const isOfFamily = address !== undefined && (addressType === 'IPv4' ? isIPv4(address) : isIPv6(address));
    return isOfFamily ? address : [];
  });
}

/** Not known where it is empty, too. */
function zoneOf({ zone }: SliceEndpoint): Pick<Endpoint, 'zone'> {
  return zone === undefined || zone === null || zone === '' ? {} : { zone };
}

/**
 * Readiness that is not stated counts as ready (EndpointConditions.ready). Of a Service that publishes who is not ready, who is ending is
 * called ready as well.
 */
function isReady({ conditions }: SliceEndpoint): boolean {
  return (conditions?.ready ?? true) && !isEnding(conditions);
}

/** Where it is not said, who is ready serves. */
function isLingering({ conditions }: SliceEndpoint): boolean {
  return isEnding(conditions) && (conditions?.serving ?? conditions?.ready ?? true);
}

function isEnding(conditions: SliceEndpoint['conditions']): boolean {
  return conditions?.terminating ?? false;
}
