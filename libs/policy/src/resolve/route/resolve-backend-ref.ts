// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_API_GROUP } from '../gateway/route-kinds.ts';
import type { RouteReferenceReason } from '../condition/findings.ts';
import { grantHint, isGranted } from '../reference/object-reference.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { isConsumerRoute } from '../mesh/consumer-route.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import { selectTlsPolicy } from '../tls-policy/select-tls-policy.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { describePorts, findPort, spokenProtocol } from '../service/service-port.ts';
import type { ServiceDocument, ServicePort } from '../service/service-port.ts';
import type { RouteContext } from './route-context.ts';
import type { RouteKindName } from './route-document.ts';

/** A reference to a backend as the Gateway API writes it. */
export interface BackendObjectRef {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
}

/** Why a reference to a backend cannot be followed. */
export interface BackendFailure {
  readonly reason: Exclude<RouteReferenceReason, 'ResolvedRefs'>;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** The field of the reference that is to be mended. */
  readonly field: 'kind' | 'name' | 'port';
}

/** The Service port that is meant, or undefined; why not is reported and noted for the route's ResolvedRefs. */
export function resolveBackendRef(context: RouteContext, ref: BackendObjectRef, path: string): BackendTarget | undefined {
  const { document } = context;
  return resolveBackendFor(context, { ref, path, use: document.kind, isFree: isConsumerRoute(document) });
}

/** A reference with what it is for, which need not be what its route is for. */
export interface BackendUse {
  readonly ref: BackendObjectRef;
  readonly path: string;
  readonly use: RouteKindName;
  /** As of `BackendReferrer`. */
  readonly isFree?: boolean;
}

export function resolveBackendFor(context: RouteContext, { ref, path, ...how }: BackendUse): BackendTarget | undefined {
  const { document, lookup } = context;
  const from = { group: GATEWAY_API_GROUP, kind: document.kind, namespace: document.namespace };
  const found = followBackendRef({ lookup, from, ...how }, ref);
  if (!('reason' in found)) return found;
  const message = `${path} ${found.message}`;
  context.failReference(found.reason, message);
  context.report({ severity: 'error', code: found.code, path: `${path}.${found.field}`, message, hint: found.hint });
  return undefined;
}

/** For people, also of a reference that leads nowhere: `namespace/service:port`. */
export function labelOfBackendRef(ownNamespace: string, { namespace, name, port }: BackendObjectRef): string {
  const object = `${namespace ?? ownNamespace}/${name}`;
  return port === undefined ? object : `${object}:${port}`;
}

/** Who refers to a backend, and for what: as a route of kind `use` does. */
export interface BackendReferrer {
  readonly lookup: Lookup;
  readonly from: { readonly group: string; readonly kind: string; readonly namespace: string };
  readonly use: RouteKindName;
  /** Needs no ReferenceGrant; it does unless said. */
  readonly isFree?: boolean;
}

/** The Service port that is meant, or why it cannot be used. */
export function followBackendRef(referrer: BackendReferrer, ref: BackendObjectRef): BackendFailure | BackendTarget {
  const { lookup, from, use, isFree = false } = referrer;
  const { group = '', kind = 'Service', name, namespace = from.namespace, port } = ref;
  if (group !== '' || kind !== 'Service') {
    const message = `names a ${kind} of group "${group}", and Weir forwards to Services only`;
    return { reason: 'InvalidKind', code: 'backend-kind-unsupported', message, hint: 'write kind: Service', field: 'kind' };
  }
  const reference = { from, to: { group, kind, namespace, name } };
  // Before looking: without a grant not even whether the Service exists is told.
  if (!isFree && !isGranted(lookup, reference)) {
    const message = `names Service \`${name}\` in namespace \`${namespace}\`, and no ReferenceGrant there permits it`;
    return { reason: 'RefNotPermitted', code: 'reference-not-permitted', message, hint: grantHint(reference), field: 'name' };
  }
  const service = lookup.get('Service', namespace, name);
  if (service === undefined) {
    return {
      reason: 'BackendNotFound',
      code: 'backend-not-found',
      field: 'name',
      ...describeMissing(lookup, { kind, namespace, name }),
    };
  }
  return resolvePort({ service, lookup, kind: use }, port);
}

interface PortQuestion {
  readonly service: ServiceDocument;
  readonly lookup: Lookup;
  readonly kind: RouteKindName;
}

function resolvePort({ service, lookup, kind }: PortQuestion, port: number | undefined): BackendFailure | BackendTarget {
  const { name, namespace } = service;
  if (service.spec.type === 'ExternalName') {
    const message = `names Service \`${name}\`, which is an ExternalName: an alias that could lead anywhere`;
    const hint =
      'name a Service with endpoints; for a host outside, write a Service without selector and an EndpointSlice with its addresses';
    return { reason: 'UnsupportedValue', code: 'backend-external-name', message, hint, field: 'name' };
  }
  if (port === undefined) {
    const message = `names Service \`${name}\` without a port`;
    const hint = `write port: ${describePorts(service)}`;
    return { reason: 'BackendNotFound', code: 'backend-port-missing', message, hint, field: 'name' };
  }
  const transport = kind === 'UDPRoute' ? 'UDP' : 'TCP';
  const servicePort = findPort(service, port, transport);
  if (servicePort === undefined) {
    const message = `names ${transport === 'UDP' ? 'UDP port' : 'port'} ${port} of Service \`${name}\`, which has ${describePorts(service)}`;
    const hint = `write port: ${describePorts(service)}`;
    return { reason: 'BackendNotFound', code: 'backend-port-not-found', message, hint, field: 'port' };
  }
  const target = { namespace, service: name, port };
  switch (kind) {
    case 'UDPRoute':
      return { ...target, variant: 'udp' };
    case 'TCPRoute':
    case 'TLSRoute':
      return { ...target, variant: undefined };
    case 'GRPCRoute':
    case 'HTTPRoute': {
      const hasTlsPolicy = selectTlsPolicy(lookup, { namespace, service: name, portName: servicePort.name }) !== undefined;
      const found = protocolFault(servicePort, kind, hasTlsPolicy);
      if (found === undefined) return { ...target, variant: needsHttp2(servicePort, kind) ? 'http2' : undefined };
      const message = `names port ${port} of Service \`${namespace}/${name}\`, whose appProtocol is ${servicePort.appProtocol!}${found}`;
      const hint = 'correct appProtocol in the Service, or name a port that speaks what the route needs';
      return { reason: 'UnsupportedProtocol', code: 'backend-protocol-unsupported', message, hint, field: 'port' };
    }
  }
}

/** gRPC is HTTP/2, whether the port says so or not; `https` leaves open which HTTP it is. */
function needsHttp2({ appProtocol }: ServicePort, kind: RouteKindName): boolean {
  return kind === 'GRPCRoute' && (appProtocol === undefined || appProtocol.toLowerCase() === 'https');
}

/** Why requests of a route cannot be sent to a port; undefined = they can. */
function protocolFault(port: ServicePort, kind: 'GRPCRoute' | 'HTTPRoute', hasTlsPolicy: boolean): string | undefined {
  const spoken = spokenProtocol(port);
  if (spoken === undefined) return ', which Weir does not speak';
  if (spoken.needsTls && !hasTlsPolicy) return ', and no BackendTLSPolicy says whom to trust; it is never spoken to without TLS';
  if (kind === 'GRPCRoute' && spoken.protocol === 'http1' && !needsHttp2(port, kind)) return ', and gRPC needs HTTP/2';
  return undefined;
}
