// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from 'node:net';
import type { WorkloadIdentity } from '../../snapshot/index.ts';
import { parseAddress } from '../gateway/address.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { findSlicePort } from '../service/slice-port.ts';
import type { ServicePort } from '../service/service-port.ts';
import { serverAt } from './endpoint-server.ts';
import type { SliceEndpoint } from './endpoint-server.ts';
import { identityOf } from './workload-identity.ts';

type Slice = DocumentOf<'EndpointSlice'>;

/** An endpoint of a Service, ready or not: what is not ready yet is to be served as soon as it is. */
export interface MeshMember {
  readonly address: string;
  /** Undefined = no sidecar stands in front. */
  readonly identity: WorkloadIdentity | undefined;
  /** Where each of the Service's ports is served. */
  readonly ports: readonly { readonly servicePort: number; readonly port: number }[];
}

/** Every endpoint of the slices, by address and identity, with what is wrong in them. */
export function membersOf(
  slices: readonly Slice[],
  ports: readonly ServicePort[],
  lookup: Lookup,
): { readonly members: readonly MeshMember[]; readonly issues: readonly Issue[] } {
  const members = new Map<string, MeshMember>();
  const issues: Issue[] = [];
  for (const slice of slices) {
    const annotated = identityOf(slice);
    if (typeof annotated === 'object') {
      issues.push(annotated);
      continue;
    }
    const served = ports.flatMap(one => {
      const port = findSlicePort(slice, one);
      return port === undefined ? [] : [{ servicePort: one.port, port }];
    });
    for (const { endpoint, address } of placesIn(slice)) {
      const server = serverAt({ slice, endpoint, address, annotated }, lookup);
      if (server === undefined) continue;
      const { identity } = server;
      const key = `${address} ${identity ?? ''}`;
      const known = members.get(key)?.ports ?? [];
      const fresh = served.filter(one => !known.some(other => other.servicePort === one.servicePort && other.port === one.port));
      members.set(key, { address, identity, ports: [...known, ...fresh] });
    }
  }
  return { members: [...members].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, member]) => member), issues };
}

function placesIn({ addressType, endpoints }: Slice): readonly { readonly endpoint: SliceEndpoint; readonly address: string }[] {
  return (endpoints ?? []).flatMap(endpoint =>
    endpoint.addresses.flatMap(text => {
      const address = parseAddress(text);
      const isOfFamily =
        address !== undefined && (addressType === 'IPv4' ? isIPv4(address) : addressType === 'IPv6' && isIPv6(address));
      return isOfFamily ? { endpoint, address } : [];
    }),
  );
}
