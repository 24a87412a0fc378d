// SPDX-License-Identifier: Apache-2.0
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';
import { WATCHED_RESOURCES } from '../watch/watched-resources.ts';
import type { ObjectPlace } from '../write/object-writer.ts';

/** Kinds of which Weir writes statuses. */
const STATUS_KINDS: ReadonlySet<string> = new Set([
  ...['GatewayClass', 'Gateway', 'ListenerSet', 'XMesh'],
  ...['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  ...['BackendTLSPolicy', 'AccessPolicy', 'TrafficPolicy', 'Rollout'],
]);

export const STATUS_RESOURCES: readonly ApiResource[] = WATCHED_RESOURCES.filter(({ kind }) => STATUS_KINDS.has(kind));

/** Of a key `Kind/namespace/name`; undefined for kinds whose status Weir does not write, or that are not among `resources`. */
export function placeFromKey(key: string, resources: readonly ApiResource[] = STATUS_RESOURCES): ObjectPlace | undefined {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  const resource = resources.find(one => one.kind === kind);
  return resource === undefined ? undefined : { resource, namespace, name };
}

export function keyOf(resource: ApiResource, { metadata: { namespace = '', name } }: ClusterObject): string {
  return `${resource.kind}/${namespace}/${name}`;
}

/** Of a key `Kind/namespace/name`. */
export function kindOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
