// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createSystemRandom, systemClock } from '@weir/base';
import type { Exchange } from '@weir/base';
import { MESH_CERTIFICATE, MESH_TRUST } from '@weir/policy/snapshot';
import type {
  Attachment,
  Backend,
  MeshMode,
  MeshProtocol,
  MeshSettings,
  Resource,
  RouteRule,
  SidecarPort,
  SidecarRole,
  StreamRule,
} from '@weir/policy/snapshot';
import { BackendMemory, createPlaceBuffer, createRateBuffer, SharedPlaces } from '@weir/resilience';
import { createTelemetry } from '@weir/telemetry';
import type { RefusalRecord, StreamRecord } from '@weir/telemetry';
import type { MeshParts } from '../engine/engine-contract.ts';
import { createEngine } from '../engine/engine.ts';
import { defaultSettings } from '../engine/settings.ts';

export const TRUST_DOMAIN = 'weir.test';

/** The URI of a workload in the mesh of these tests. */
export function uriOf(identity: string, trustDomain = TRUST_DOMAIN): string {
  const [namespace, account] = identity.split('/');
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`;
}

/** What a proxy of the mesh is known by, and whom it believes; all PEM. */
export interface MeshCredentials {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly authoritiesPem: string;
}

/** A proxy of the mesh with real sockets and a configuration made by hand; what it tells of its traffic is kept. */
export class MeshBench {
  readonly requests: Exchange[] = [];
  readonly streams: StreamRecord[] = [];
  readonly refusals: RefusalRecord[] = [];
  /** How connections were understood: `http1 by client`. */
  readonly detected: string[] = [];
  /** Connections so far. */
  acceptedCount = 0;
  private readonly telemetry = createTelemetry({ clock: systemClock, accessLog: undefined });
  readonly engine;
  private readonly servers: Server[] = [];
  private version = 0;

  constructor(parts: MeshParts = {}) {
    this.engine = createEngine({
      reportOverload: () => undefined,
      places: new SharedPlaces(createPlaceBuffer({ keys: 16, columnCount: 1 }, createSystemRandom()), 0),
      rates: createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createSystemRandom()),
      backendMemory: new BackendMemory(new SharedArrayBuffer(0), { workerIndex: 0, workerCount: 1 }),
      clock: systemClock,
      random: createSystemRandom(),
      telemetry: {
        ...this.telemetry,
        requestEnded: exchange => void this.requests.push(exchange),
        streamEnded: record => void this.streams.push(record),
        protocolDetected: (protocol, by) => void this.detected.push(`${protocol} by ${by}`),
        connectionRefused: record => void this.refusals.push(record),
      },
      loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
      settings: defaultSettings,
      ...parts,
    });
  }

  async apply(...upserts: readonly Resource[]): Promise<void> {
    const rejections = await this.engine.apply({ version: ++this.version, upserts, removes: [] }, []);
    if (rejections.length > 0) throw new Error(JSON.stringify(rejections));
  }

  /** Makes it a proxy of the mesh. */
  async join({ certificatePem: chainPem, keyPem, authoritiesPem }: MeshCredentials): Promise<void> {
    await this.apply(
      meshSettings(),
      { kind: 'certificate', name: MESH_CERTIFICATE, chainPem, keyPem, dnsNames: [], notAfterMs: 0 },
      { kind: 'trustBundle', name: MESH_TRUST, authoritiesPem },
    );
  }

  /** Listens as a sidecar does; returns the port. */
  async listen(role: SidecarRole, namespace = 'shop'): Promise<number> {
    const server = createServer({ noDelay: true }, socket => {
      this.acceptedCount++;
      this.engine.accept(name, socket);
    });
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const name = `sidecar/127.0.0.1/${port}`;
    const sidecarPort: SidecarPort = { kind: 'sidecarPort', name, address: '127.0.0.1', port, role, namespace };
    await this.apply(sidecarPort);
    return port;
  }

  close(): void {
    for (const server of this.servers.splice(0)) server.close();
    this.engine.close();
  }
}

export function meshSettings(
  parts: Partial<Pick<MeshSettings, 'gateways' | 'ranges' | 'unknownDestinations'>> = {},
): MeshSettings {
  const kinds = { kind: 'meshSettings', name: 'mesh-settings', unknownDestinations: 'allow' } as const;
  return { ...kinds, trustDomain: TRUST_DOMAIN, ranges: [], gateways: ['weir-system/gateway'], ...parts };
}

interface ServiceParts {
  readonly protocol?: MeshProtocol;
  readonly mode?: MeshMode;
  readonly endpoints?: Backend['endpoints'];
  /** That stand for the Service. */
  readonly addresses?: readonly string[];
  /** Of the workload. */
  readonly address?: string;
}

/** What a caller of `shop/catalogue` port 80 holds. */
export function callerResources(parts: ServiceParts): readonly Resource[] {
  const { protocol = 'http1', mode = 'permissive', endpoints = [], addresses = [] } = parts;
  const listener = 'mesh/shop/catalogue/80';
  const mesh = { mode, protocol, serverName: '80.catalogue.shop.weir' };
  const port = { port: 80, portName: '', protocol, listener, consumers: [] };
  return [
    {
      ...{ kind: 'meshService', name: 'mesh/shop/catalogue', namespace: 'shop', service: 'catalogue' },
      ...{ addresses, mode, ports: [port] },
    },
    ruleTo('backend/shop/catalogue/80', { listener, meshSide: 'caller' }),
    streamRuleTo('backend/shop/catalogue/80', { listener, meshSide: 'caller' }),
    { ...backendTo('backend/shop/catalogue/80', endpoints), protocol: protocol === 'http2' ? 'http2' : 'http1', mesh },
  ];
}

/** What the sidecar of `shop/catalogue` holds, whose application listens at a port of loopback. */
export function receiverResources(
  application: number,
  { protocol = 'http1', mode = 'permissive', address = '127.0.0.1' }: ServiceParts = {},
): readonly Resource[] {
  const listener = 'inbound/shop/catalogue/80';
  const service = { label: 'shop/catalogue:80', serverName: '80.catalogue.shop.weir', listener };
  const endpoints = [{ address: '127.0.0.1', port: application }];
  return [
    {
      ...{ kind: 'workload', name: `workload/shop/catalogue/${address}`, identity: 'shop/catalogue', address },
      ports: [{ port: 8080, protocol, mode, services: [service] }],
    },
    ruleTo('local/shop/catalogue/80', { listener, meshSide: 'receiver' }),
    streamRuleTo('local/shop/catalogue/80', { listener, meshSide: 'receiver' }),
    {
      ...{ ...backendTo('local/shop/catalogue/80', endpoints), protocol: protocol === 'http2' ? 'http2' : 'http1' },
      ...(protocol === 'detect' ? { mesh: { mode: 'permissive', protocol, serverName: '' } } : {}),
    },
  ];
}

export const INBOUND: SidecarRole = { kind: 'inbound', workload: 'workload/shop/catalogue/127.0.0.1', port: 8080 };
export const OUTBOUND: SidecarRole = { kind: 'outbound', service: 'mesh/shop/catalogue', port: 80 };

type Side = Pick<Attachment, 'listener'> & Required<Pick<Attachment, 'meshSide'>>;

function ruleTo(backend: string, side: Side): RouteRule {
  const match = { path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] } as const;
  const route = { routeKind: 'HTTPRoute', route: 'shop/catalogue', rule: '0', createdMs: 0, index: 0 } as const;
  return {
    ...{ kind: 'routeRule', name: `mesh-rule/${side.listener}`, ...route, matches: [match] },
    attachments: [{ ...side, hostnames: ['*'], access: undefined, traffic: undefined }],
    action: {
      ...{ refusal: undefined, filters: [], requestTimeoutMs: 0, attemptTimeoutMs: 0 },
      ...{ retry: undefined, sessionPersistence: undefined },
      backends: [{ backend, label: 'shop/catalogue:80', weight: 1, filters: [], access: undefined }],
    },
  };
}

function streamRuleTo(backend: string, side: Side): StreamRule {
  const route = { routeKind: 'TCPRoute', route: 'shop/catalogue', rule: '0', createdMs: 0, index: 0 } as const;
  return {
    ...{ kind: 'streamRule', name: `mesh-stream-rule/${side.listener}`, ...route },
    attachments: [{ ...side, hostnames: ['*'], access: undefined, traffic: undefined }],
    backends: [{ backend, label: 'shop/catalogue:80', weight: 1, access: undefined }],
  };
}

function backendTo(name: string, endpoints: Backend['endpoints']): Backend {
  return {
    ...{ kind: 'backend', name, label: 'shop/catalogue:80', protocol: 'http1', tls: undefined, proxyProtocol: undefined },
    ...{ balance: 'roundRobin', connectTimeoutMs: 1_000, sessionPersistence: undefined, circuitBreaker: undefined },
    ...{ connectionLimits: undefined, sources: [], endpoints },
  };
}
