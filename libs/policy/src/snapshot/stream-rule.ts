// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';
import type { Attachment } from './route-rule.ts';

/**
 * The rule of a TLSRoute, TCPRoute or UDPRoute: it takes whole connections, or for UDP the datagrams between one client and one
 * endpoint. Named `stream-rule/KIND/NAMESPACE/ROUTE/INDEX`.
 */
export interface StreamRule {
  readonly kind: 'streamRule';
  readonly name: ResourceName;
  readonly routeKind: 'TLSRoute' | 'TCPRoute' | 'UDPRoute';
  /** `namespace/route`. */
  readonly route: string;
  /** `name` of the rule, or its index as text. */
  readonly rule: string;
  /** Creation time of the route; 0 where the document has none. The older wins ties. */
  readonly createdMs: number;
  readonly index: number;
  /** Listeners that it is attached to. Hostnames are server names (SNI); `*` for TCP and UDP. */
  readonly attachments: readonly Attachment[];
  /** One is chosen for each connection; none, or none with a weight = the connection is closed. */
  readonly backends: readonly WeightedStreamBackend[];
}

export interface WeightedStreamBackend {
  /** Undefined = the reference is broken: its share of the connections is closed. */
  readonly backend: ResourceName | undefined;
  /** `namespace/service:port`, also of a broken reference. */
  readonly label: string;
  /** 0 = no connection. */
  readonly weight: number;
  /** Access chain of the Service itself, evaluated beside the one of the attachment. */
  readonly access: ResourceName | undefined;
}
