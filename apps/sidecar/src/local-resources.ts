// SPDX-License-Identifier: Apache-2.0
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';
import type { Backend, InboundPort, ResourceName, SidecarPort, SidecarRole, Workload } from '@weir/policy/snapshot';
import { namespaceOf } from './sidecar-options.ts';
import type { InboundBinding, SidecarOptions } from './sidecar-options.ts';

/** The name of what a workload serves at an address. */
export function workloadName(
  { identity }: Pick<SidecarOptions, 'identity'>,
  { address }: Pick<PortAddress, 'address'>,
): ResourceName {
  return `workload/${identity}/${address}`;
}

/** The ports of a sidecar as its engine knows them. */
export function sidecarPorts(
  options: Pick<SidecarOptions, 'captured' | 'identity' | 'inbound' | 'outbound' | 'proxy'>,
): readonly SidecarPort[] {
  const { captured, identity } = options;
  const namespace = namespaceOf(identity);
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
    ...(captured?.inbound ?? []).map(listen => portAt(listen, { kind: 'inbound', identity, port: undefined })),
    ...(captured?.outbound ?? []).map(listen => portAt(listen, { kind: 'captured' })),
    ...(options.proxy === undefined ? [] : [portAt(options.proxy, { kind: 'proxy' })]),
  ];
}

/** Names of the workloads that a sidecar stands beside. */
export function ownWorkloads(options: Pick<SidecarOptions, 'captured' | 'identity' | 'inbound'>): readonly ResourceName[] {
  const addresses = [...options.inbound.map(({ listen }) => listen.address), ...(options.captured?.addresses ?? [])];
  return addresses.map(address => workloadName(options, { address }));
}

/** What a sidecar knows of where its application listens. */
export interface LocalPlaces {
  readonly bindings: readonly InboundBinding[];
  /** Whether it listens where callers dial it: calls are redirected on their way there. */
  readonly isCaptured: boolean;
}

/** The application as the backend of each Service that leads to it. */
export function localBackends({ address, ports }: Workload, { bindings, isCaptured }: LocalPlaces): readonly Backend[] {
  return ports.flatMap(inbound => {
    const { port } = inbound;
    const binding = bindings.find(({ listen }) => listen.address === address && listen.port === port);
    const application = binding?.application ?? (isCaptured ? { address, port } : undefined);
    return application === undefined ? [] : inbound.services.map(service => localBackend(service, { inbound, application }));
  });
}

/** Names of the backends that lead to the application, wherever it listens. */
export function localNames({ ports }: Workload): readonly ResourceName[] {
  return ports.flatMap(({ services }) => services.map(({ listener }) => localName(listener)));
}

function localName(listener: string): ResourceName {
  return listener.replace(/^inbound\//, 'local/');
}

interface LocalPort {
  readonly inbound: InboundPort;
  readonly application: PortAddress;
}

function localBackend(
  { listener, label }: InboundPort['services'][number],
  { inbound: { protocol }, application }: LocalPort,
): Backend {
  return {
    kind: 'backend',
    name: localName(listener),
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
    // In plaintext all the same, as nobody says who serves there; but where nothing is declared, each request goes on as it came.
    ...(protocol === 'detect' ? { mesh: { mode: 'permissive', protocol, serverName: '' } } : {}),
  };
}

/** It is on the same machine: who does not answer by then is not there. */
const CONNECT_TIMEOUT_MS = 1_000;
