// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_API_GROUP } from '../gateway/route-kinds.ts';
import type { RouteReferenceReason } from '../condition/findings.ts';
import { grantHint, isGranted } from '../reference/object-reference.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import { selectTlsPolicy } from '../tls-policy/select-tls-policy.ts';
import { applicationProtocol, protocolVariant } from '../service/application-protocol.ts';
import { describePorts, findTcpPort } from '../service/service-port.ts';
import type { ServiceDocument, ServicePort } from '../service/service-port.ts';
import type { RouteContext } from './route-context.ts';

/** A reference to a backend as the Gateway API writes it. */
export interface BackendObjectRef {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
}

interface BackendFailure {
  readonly reason: Exclude<RouteReferenceReason, 'ResolvedRefs'>;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** The field of the reference that is to be mended. */
  readonly field: 'kind' | 'name' | 'port';
}

/** The Service port that is meant, or undefined; why not is reported and noted for the route's ResolvedRefs. */
export function resolveBackendRef(context: RouteContext, ref: BackendObjectRef, path: string): BackendTarget | undefined {
  const found = followBackendRef(context, ref);
  if (!('reason' in found)) return found;
  const message = `${path} ${found.message}`;
  context.failReference(found.reason, message);
  context.report({ severity: 'error', code: found.code, path: `${path}.${found.field}`, message, hint: found.hint });
  return undefined;
}

/** For people, also of a reference that leads nowhere: `namespace/service:port`. */
export function labelOfBackendRef({ document }: RouteContext, { namespace, name, port }: BackendObjectRef): string {
  const object = `${namespace ?? document.namespace}/${name}`;
  return port === undefined ? object : `${object}:${port}`;
}

function followBackendRef({ document, lookup }: RouteContext, ref: BackendObjectRef): BackendFailure | BackendTarget {
  const { group = '', kind = 'Service', name, namespace = document.namespace, port } = ref;
  if (group !== '' || kind !== 'Service') {
    const message = `names a ${kind} of group "${group}", and Weir forwards to Services only`;
    return { reason: 'InvalidKind', code: 'backend-kind-unsupported', message, hint: 'write kind: Service', field: 'kind' };
  }
  const reference = {
    from: { group: GATEWAY_API_GROUP, kind: 'HTTPRoute', namespace: document.namespace },
    to: { group, kind, namespace, name },
  };
  // Before looking: without a grant not even whether the Service exists is told.
  if (!isGranted(lookup, reference)) {
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
  const servicePort = findPort(service, port);
  if ('reason' in servicePort) return servicePort;
  const hasTlsPolicy = selectTlsPolicy(lookup, { namespace, service: name, portName: servicePort.name }) !== undefined;
  const variant = protocolVariant(servicePort, document.kind);
  return (
    protocolFailure(service, servicePort, { routeKind: document.kind, hasTlsPolicy }) ?? {
      namespace,
      service: name,
      port: servicePort.port,
      variant,
    }
  );
}

function findPort(service: ServiceDocument, port: number | undefined): BackendFailure | ServicePort {
  const { name } = service;
  if (service.spec.type === 'ExternalName') {
    const message = `names Service \`${name}\`, which is an ExternalName: an alias that could lead anywhere`;
    const hint =
      'name a Service with endpoints; for a host outside, write a Service without selector and an EndpointSlice with its addresses';
    return { reason: 'UnsupportedValue', code: 'backend-external-name', message, hint, field: 'name' };
  }
  if (port === undefined) {
    const message = `names Service \`${name}\` without a port`;
    return {
      reason: 'BackendNotFound',
      code: 'backend-port-missing',
      message,
      hint: `write port: ${describePorts(service)}`,
      field: 'name',
    };
  }
  const servicePort = findTcpPort(service, port);
  if (servicePort === undefined) {
    const message = `names port ${port} of Service \`${name}\`, which has ${describePorts(service)}`;
    return { reason: 'BackendNotFound', code: 'backend-port-not-found', message, hint: undefined, field: 'port' };
  }
  return servicePort;
}

/** A port whose protocol the route cannot speak is not used (HTTPBackendRef): above all, TLS is never replaced by plaintext. */
function protocolFailure(
  { name, namespace }: ServiceDocument,
  port: ServicePort,
  { routeKind, hasTlsPolicy }: { routeKind: string; hasTlsPolicy: boolean },
): BackendFailure | undefined {
  const base = { reason: 'UnsupportedProtocol', code: 'backend-protocol-unsupported', field: 'port' } as const;
  const subject = `names port ${port.port} of Service \`${namespace}/${name}\`, whose appProtocol is ${port.appProtocol ?? 'unset'}`;
  const protocol = applicationProtocol(port);
  if (protocol === undefined) {
    const hint = 'write http, kubernetes.io/h2c, kubernetes.io/ws, kubernetes.io/wss or https, or leave appProtocol out';
    return { ...base, message: `${subject}, which Weir does not speak`, hint };
  }
  if (protocol.excludesGrpc && routeKind === 'GRPCRoute') {
    return { ...base, message: `${subject}, and gRPC needs HTTP/2`, hint: 'write appProtocol: kubernetes.io/h2c' };
  }
  if (!protocol.needsTls || hasTlsPolicy) return undefined;
  const hint = `write a BackendTLSPolicy in namespace \`${namespace}\` with targetRefs: [{group: "", kind: Service, name: ${name}}]`;
  return { ...base, message: `${subject}, and no BackendTLSPolicy says whom to trust there`, hint };
}
