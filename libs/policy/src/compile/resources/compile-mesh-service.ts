// SPDX-License-Identifier: Apache-2.0
import { meshName } from '../../resolve/index.ts';
import type { ResolvedMeshPort, ResolvedMeshService } from '../../resolve/index.ts';
import type { MeshPort, MeshService, Resource, RouteRule, StreamRule } from '../../snapshot/index.ts';
import { compileInbound } from './compile-inbound.ts';
import { ANY_REQUEST, callerAttachment, PLAIN_ACTION } from './mesh-attachment.ts';
import { resourceName } from './resource-name.ts';

/** A Service for those who call it, with the rules by which its endpoints are called by default, and those by which they receive. */
export function compileMeshService(service: ResolvedMeshService): readonly Resource[] {
  const { document, addresses, mode, ports } = service;
  const { namespace, name } = document;
  const own: MeshService = {
    kind: 'meshService',
    name: resourceName.meshService(namespace, name),
    namespace,
    service: name,
    addresses,
    mode,
    ports: ports.map(port => compilePort(service, port)),
  };
  const defaults = ports.flatMap(port => [...defaultRule(service, port), ...defaultStreamRule(port)]);
  return [own, ...defaults, ...compileInbound(service)];
}

function compilePort(
  { document: { namespace, name } }: ResolvedMeshService,
  { port, portName, protocol, routes }: ResolvedMeshPort,
): MeshPort {
  return {
    port,
    portName,
    protocol,
    listener: meshName.caller({ namespace, service: name, port }),
    consumers: [...routes.consumers.keys()],
  };
}

function defaultRule({ traffic }: ResolvedMeshService, { target, defaults }: ResolvedMeshPort): readonly RouteRule[] {
  if (defaults.requests.length === 0) return [];
  const backend = {
    backend: resourceName.backend(target),
    label: meshName.label(target),
    weight: 1,
    filters: [],
    access: undefined,
  };
  return [
    {
      kind: 'routeRule',
      routeKind: 'HTTPRoute',
      name: resourceName.meshRule(target),
      ...namesOf(target),
      createdMs: 0,
      index: 0,
      attachments: defaults.requests.map(listener => callerAttachment(listener, traffic)),
      matches: ANY_REQUEST,
      action: { ...PLAIN_ACTION, backends: [backend] },
    },
  ];
}

function defaultStreamRule({ target, defaults }: ResolvedMeshPort): readonly StreamRule[] {
  if (defaults.streams.length === 0) return [];
  return [
    {
      kind: 'streamRule',
      routeKind: 'TCPRoute',
      name: resourceName.meshStreamRule(target),
      ...namesOf(target),
      createdMs: 0,
      index: 0,
      attachments: defaults.streams.map(listener => callerAttachment(listener, undefined)),
      backends: [{ backend: resourceName.backend(target), label: meshName.label(target), weight: 1, access: undefined }],
    },
  ];
}

/** No route has the rule: it goes by the Service and its port. */
function namesOf({ namespace, service, port }: ResolvedMeshPort['target']): Pick<RouteRule, 'route' | 'rule'> {
  return { route: `${namespace}/${service}`, rule: String(port) };
}
