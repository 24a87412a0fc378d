// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';

/** Every kind of route, in the order in which they are listed. */
export const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const;

export type RouteKindName = (typeof ROUTE_KINDS)[number];
export type RequestRouteDocument = DocumentOf<'GRPCRoute' | 'HTTPRoute'>;
export type StreamRouteDocument = DocumentOf<'TCPRoute' | 'TLSRoute' | 'UDPRoute'>;
export type RouteDocument = RequestRouteDocument | StreamRouteDocument;

/** Lower-case; none where the kind has none. */
export function hostnamesOf(document: RouteDocument): readonly string[] {
  const hostnames = 'hostnames' in document.spec ? (document.spec.hostnames ?? []) : [];
  return hostnames.map(hostname => hostname.toLowerCase());
}

/** `Kind/namespace/name`. */
export function keyOfRoute({ kind, namespace, name }: Pick<RouteDocument, 'kind' | 'name' | 'namespace'>): string {
  return `${kind}/${namespace}/${name}`;
}
