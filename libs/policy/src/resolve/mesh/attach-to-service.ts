// SPDX-License-Identifier: Apache-2.0
import type { MeshProtocol } from '../../snapshot/index.ts';
import { fails, holds } from '../condition/finding.ts';
import type { Finding } from '../condition/finding.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { ParentAttachment, ParentOutcome } from '../route/resolve-parents.ts';
import type { ParentRef } from '../route/resolved-route.ts';
import type { RouteContext } from '../route/route-context.ts';
import { hostnamesOf } from '../route/route-document.ts';
import type { RouteKindName } from '../route/route-document.ts';
import { describePorts } from '../service/service-port.ts';
import type { ServiceDocument, ServicePort } from '../service/service-port.ts';
import { meshName } from './mesh-names.ts';
import { meshProtocolOf } from './mesh-protocol.ts';

/** Where routes of each kind make sense: what a port does not speak, no route of that kind can decide about. */
const PROTOCOLS: Readonly<Record<RouteKindName, readonly MeshProtocol[]>> = {
  HTTPRoute: ['http1', 'http2', 'detect'],
  GRPCRoute: ['http1', 'http2', 'detect'],
  TLSRoute: ['tls', 'detect'],
  TCPRoute: ['tcp', 'tls', 'detect'],
  UDPRoute: [],
};

const SPOKEN: Readonly<Record<MeshProtocol, string>> = {
  detect: 'anything',
  http1: 'HTTP/1.1',
  http2: 'HTTP/2',
  tcp: 'TCP',
  tls: 'TLS',
};

interface Attempt {
  readonly ref: ParentRef;
  /** `spec.parentRefs[0]`. */
  readonly path: string;
}

/** What a parentRef to a Service leads to (GAMMA; GEP-1426); undefined = nothing that Weir answers for. */
export function attachToService(context: RouteContext, attempt: Attempt): ParentOutcome | undefined {
  if (!context.lookup.hasMesh()) {
    reportNoMesh(context, attempt);
    return undefined;
  }
  const { ref, path } = attempt;
  const { document, lookup } = context;
  const { name, namespace = document.namespace } = ref;
  if (document.kind === 'UDPRoute') {
    const message = `${path} names Service \`${name}\`, and the mesh carries no datagrams`;
    return refuse(context, attempt, { finding: fails('UnsupportedValue', message), hint: 'name a Gateway' });
  }
  const service = lookup.get('Service', namespace, name);
  if (service === undefined) {
    const { message, hint } = describeMissing(lookup, { kind: 'Service', namespace, name, from: document.namespace });
    return refuse(context, attempt, { finding: fails('NoMatchingParent', `${path} ${message}`), hint });
  }
  if (service.spec.type === 'ExternalName') {
    const message = `${path} names Service \`${name}\`, which is an ExternalName: an alias that has no callers of its own`;
    return refuse(context, attempt, { finding: fails('UnsupportedValue', message), hint: 'name a Service with endpoints' });
  }
  return attachToPorts(context, attempt, service);
}

function attachToPorts(context: RouteContext, attempt: Attempt, service: ServiceDocument): ParentOutcome {
  const { ref, path } = attempt;
  const { document } = context;
  const label = `Service ${service.namespace}/${service.name}`;
  const meant = (service.spec.ports ?? []).filter(port => port.protocol === 'TCP' && isMeant(ref, port));
  if (meant.length === 0) {
    const message = `${path}: ${label} has no TCP port ${describeWanted(ref)}; it has ${describePorts(service)}`;
    const hint = 'write the port or sectionName of one that is there, or leave both out';
    return refuse(context, attempt, { finding: fails('NoMatchingParent', message), hint });
  }
  const fitting = meant.filter(port => PROTOCOLS[document.kind].includes(meshProtocolOf(port)));
  if (fitting.length === 0) {
    const spoken = meant.map(port => `port ${port.port} speaks ${SPOKEN[meshProtocolOf(port)]}`).join(', ');
    const message = `${path}: no port of ${label} takes routes of kind ${document.kind}: ${spoken}`;
    const hint = 'correct appProtocol or the name of the port in the Service, or write a route of the kind that it speaks';
    return refuse(context, attempt, { finding: fails('NoMatchingParent', message), hint });
  }
  return {
    ref,
    gateway: undefined,
    accepted: holds('Accepted'),
    attachments: fitting.map(port => attachmentTo(context, service, port)),
  };
}

/**
 * A route of the Service's own namespace holds for every caller, one of another for callers from there (GEP-1426). Requests are known
 * by the address that they were sent to, so that Host decides nothing; a server name is all that tells TLS connections apart.
 */
function attachmentTo({ document }: RouteContext, { namespace, name }: ServiceDocument, { port }: ServicePort): ParentAttachment {
  const consumer = document.namespace === namespace ? undefined : document.namespace;
  const parent = { namespace, service: name, port, consumer };
  const hostnames = document.kind === 'TLSRoute' ? hostnamesOf(document) : ['*'];
  return { listener: meshName.caller(parent, consumer), hostnames, isBound: true, places: [], parent };
}

function isMeant({ sectionName, port: number }: ParentRef, { name, port }: ServicePort): boolean {
  return (sectionName === undefined || sectionName === name) && (number === undefined || number === port);
}

function describeWanted({ sectionName, port }: ParentRef): string {
  return [...(port === undefined ? [] : [String(port)]), ...(sectionName === undefined ? [] : [`named \`${sectionName}\``])].join(
    ' ',
  );
}

/** Routes of the mesh may be another mesh's: their status is not Weir's to write. */
function reportNoMesh(context: RouteContext, { ref, path }: Attempt): void {
  const message = `${path} names Service \`${ref.name}\`, and there is no mesh: no EndpointSlice has an annotation weir.dev/identity, and no XMesh is Weir's`;
  context.report({
    severity: 'warning',
    code: 'no-mesh',
    path,
    message,
    hint: 'write the annotation on the EndpointSlices of workloads behind sidecars, or name a Gateway',
  });
}

interface Refusal {
  readonly finding: Finding<'NoMatchingParent' | 'UnsupportedValue'>;
  readonly hint: string;
}

function refuse(context: RouteContext, { ref, path }: Attempt, { finding, hint }: Refusal): ParentOutcome {
  context.report({ severity: 'error', code: 'route-not-attached', path, message: finding.message, hint });
  return { ref, gateway: undefined, accepted: finding, attachments: [] };
}
