// SPDX-License-Identifier: Apache-2.0
import { inboundRulesOf, meshName, servedPortsOf } from '../../resolve/index.ts';
import type { InboundRouteRule, MeshPlace, ResolvedMeshPort, ResolvedMeshService } from '../../resolve/index.ts';
import type { FilterSpec, Resource, RouteRule, StreamRule } from '../../snapshot/index.ts';
import { compileFilter } from './compile-route.ts';
import { ANY_REQUEST, BEHIND_ALL_MS, PLAIN_ACTION, receiverAttachment } from './mesh-attachment.ts';
import { resourceName } from './resource-name.ts';

/** The rules of those who serve a Service behind a sidecar; none where nobody does. */
export function compileInbound(service: ResolvedMeshService): readonly Resource[] {
  return servedPortsOf(service).flatMap(port => {
    const { protocol } = port;
    const place = { namespace: service.document.namespace, service: service.document.name, port: port.port };
    const requests =
      protocol === 'tcp' || protocol === 'tls' ? [] : [defaultRule(service, place), ...routeRules(service, port, place)];
    const streams = protocol === 'http1' || protocol === 'http2' ? [] : [streamRule(service, port, place)];
    return [...requests, ...streams];
  });
}

/** For whatever comes under no rule of a route that the receiver knows: it goes behind all of them. */
function defaultRule({ access, traffic }: ResolvedMeshService, place: MeshPlace): RouteRule {
  return {
    kind: 'routeRule',
    routeKind: 'HTTPRoute',
    name: resourceName.inboundRule(place),
    route: `${place.namespace}/${place.service}`,
    rule: String(place.port),
    createdMs: BEHIND_ALL_MS,
    index: 0,
    attachments: [receiverAttachment(meshName.receiver(place), { access, limits: traffic })],
    matches: ANY_REQUEST,
    action: { ...PLAIN_ACTION, backends: [{ ...localBackend(place), filters: [] }] },
  };
}

/**
 * Connections that are carried whole may have requests in them, for whoever opens them says so, or says nothing that tells: where some
 * requests are guarded by more than the Service asks of everything, they are closed.
 */
function streamRule(service: ResolvedMeshService, port: ResolvedMeshPort, place: MeshPlace): StreamRule {
  const { access } = service;
  const isGuarded = inboundRulesOf(service, port).some(
    ({ rule, policies }) => policies.access?.key !== access?.key || guardsOf(rule).length > 0,
  );
  return {
    kind: 'streamRule',
    routeKind: 'TCPRoute',
    name: resourceName.inboundStreamRule(place),
    route: `${place.namespace}/${place.service}`,
    rule: String(place.port),
    createdMs: BEHIND_ALL_MS,
    index: 0,
    attachments: [receiverAttachment(meshName.receiver(place), { access, limits: undefined })],
    backends: isGuarded ? [] : [localBackend(place)],
  };
}

function routeRules(service: ResolvedMeshService, port: ResolvedMeshPort, place: MeshPlace): readonly RouteRule[] {
  return inboundRulesOf(service, port).map(({ route: { document }, rule, index, policies }) => {
    const route = `${document.namespace}/${document.name}`;
    const nameOf = document.kind === 'GRPCRoute' ? resourceName.grpcRule : resourceName.rule;
    return {
      kind: 'routeRule',
      routeKind: document.kind,
      name: resourceName.inboundRouteRule(place, nameOf(route, index)),
      route,
      rule: rule.name,
      createdMs: document.createdMs,
      index,
      attachments: [receiverAttachment(meshName.receiver(place), policies)],
      matches: rule.matches,
      action: { ...PLAIN_ACTION, filters: guardsOf(rule), backends: [{ ...localBackend(place), filters: [] }] },
    };
  });
}

/** What else a rule does with its requests, who calls has done. */
function guardsOf({ filters }: InboundRouteRule['rule']): readonly FilterSpec[] {
  return filters.filter(({ kind }) => kind === 'externalAuth').map(compileFilter);
}

function localBackend(place: MeshPlace) {
  return { backend: resourceName.local(place), label: meshName.label(place), weight: 1, access: undefined };
}
