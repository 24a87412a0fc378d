// SPDX-License-Identifier: Apache-2.0
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import type { Backend, InboundPort, ResourceName, SidecarPort, SidecarRole, Workload } from '@weir/policy/snapshot';
import { namespaceOf } from './sidecar-options.ts';
import type { InboundBinding, SidecarOptions } from './sidecar-options.ts';

/** The name of what a workload serves at an address. */
export function workloadName({ identity }: Pick<SidecarOptions, 'identity'>, { address }: PortAddress): ResourceName {
  return `workload/${identity}/${address}`;
}

/** The ports of a sidecar as its engine knows them. */
export function sidecarPorts(
  options: Pick<SidecarOptions, 'identity' | 'inbound' | 'outbound' | 'proxy'>,
): readonly SidecarPort[] {
  const namespace = namespaceOf(options.identity);
  const portAt = ({ address, port }: PortAddress, role: SidecarRole): SidecarPort => ({
    kind: 'sidecarPort',
    name: `sidecar/${hostPort(address, port)}`,
    address,
    port,
    role,
    namespace,
  });
  return [
    ...options.inbound.map(({ listen }) =>
      portAt(listen, { kind: 'inbound', workload: workloadName(options, listen), port: listen.port }),
    ),
    ...options.outbound.map(({ listen, service, port }) => portAt(listen, { kind: 'outbound', service, port })),
    ...(options.proxy === undefined ? [] : [portAt(options.proxy, { kind: 'proxy' })]),
  ];
}

/** The application as the backend of each Service that leads to it. */
export function localBackends({ address, ports }: Workload, bindings: readonly InboundBinding[]): readonly Backend[] {
  return ports.flatMap(inbound => {
    const binding = bindings.find(({ listen }) => listen.address === address && listen.port === inbound.port);
    return binding === undefined ? [] : inbound.services.map(service => localBackend(service, { inbound, binding }));
  });
}

interface LocalPort {
  readonly inbound: InboundPort;
  readonly binding: InboundBinding;
}

function localBackend(
  { listener, label }: InboundPort['services'][number],
  { inbound: { protocol }, binding: { application } }: LocalPort,
): Backend {
  return {
    kind: 'backend',
    name: listener.replace(/^inbound\//, 'local/'),
    label,
    protocol: protocol === 'http2' ? 'http2' : 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'roundRobin',
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: [{ address: application.address, port: application.port }],
  };
}

/** It is on the same machine: who does not answer by then is not there. */
const CONNECT_TIMEOUT_MS = 1_000;
