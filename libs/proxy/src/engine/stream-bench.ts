// SPDX-License-Identifier: Apache-2.0
import { BackendMemory, createPlaceBuffer, createRateBuffer, SharedPlaces } from '@weir/resilience';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createSystemRandom, systemClock } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { Backend, BackendTls, Listener, ListenerTls, Port, Resource, StreamRule } from '@weir/policy/snapshot';
import { createTelemetry } from '@weir/telemetry';
import type { RefusalRecord, StreamRecord } from '@weir/telemetry';
import type { DatagramPort } from '../udp/datagram-port.ts';
import { createEngine } from './engine.ts';
import { defaultSettings } from './settings.ts';

/** A server that answers with what it got, when it has got all of it. */
export function echoServer(): Server {
  return createServer({ allowHalfOpen: true }, peer => {
    peer.on('error', () => undefined);
    peer.on('data', chunk => peer.write(chunk));
    peer.on('end', () => peer.end(', and bye'));
  });
}

interface BackendParts {
  readonly hasRule?: boolean;
  readonly hasBackend?: boolean;
  readonly proxyProtocol?: Backend['proxyProtocol'];
  readonly proxyProtocolFrom?: readonly string[];
}

interface TlsParts {
  readonly mode: ListenerTls['mode'];
  readonly hostname: string;
  readonly pair?: { readonly certificatePem: string; readonly keyPem: string };
  readonly minVersion?: ListenerTls['minVersion'];
  readonly ciphers?: string;
  readonly backendTls?: { readonly serverName: string; readonly authoritiesPem: string };
}

/** An engine with real sockets and a configuration made by hand; what it tells of its traffic is kept. */
export class StreamBench {
  readonly records: StreamRecord[] = [];
  readonly requests: Exchange[] = [];
  readonly refusals: RefusalRecord[] = [];
  /** Of the last port that was served. */
  port = 0;
  readonly loads = {
    total: 0,
    begin: (): void => {
      this.loads.total++;
    },
    end: (): void => {
      this.loads.total--;
    },
    inFlight: (): number => 0,
  };
  readonly limits = { ...defaultSettings.limits };
  private readonly telemetry = createTelemetry({ clock: systemClock, accessLog: undefined });
  readonly engine = createEngine({
    reportOverload: () => undefined,
    places: new SharedPlaces(createPlaceBuffer({ keys: 16, columnCount: 1 }, createSystemRandom()), 0),
    rates: createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createSystemRandom()),
    backendMemory: new BackendMemory(new SharedArrayBuffer(0), { workerIndex: 0, workerCount: 1 }),
    clock: systemClock,
    random: createSystemRandom(),
    telemetry: {
      ...this.telemetry,
      streams: { ...this.telemetry.streams, dropped: (_listener, reason) => void this.drops.push(reason) },
      streamEnded: record => void this.records.push(record),
      requestEnded: exchange => void this.requests.push(exchange),
      connectionRefused: record => void this.refusals.push(record),
    },
    loads: this.loads,
    settings: { ...defaultSettings, limits: this.limits },
  });
  datagrams: DatagramPort | undefined;
  readonly drops: string[] = [];
  private readonly servers: Server[] = [];
  private readonly sockets: Socket[] = [];
  private version = 0;

  /** One listener of protocol TCP whose rule leads to the endpoints; returns its port. */
  serveTcp(endpoints: readonly number[], parts: BackendParts = {}): Promise<number> {
    const { hasRule = true, hasBackend = true, proxyProtocol, proxyProtocolFrom = [] } = parts;
    const rules = hasRule ? [ruleOf('TCPRoute', '*')] : [];
    const backends = hasBackend ? [backendOf(endpoints, { proxyProtocol })] : [];
    return this.serve(portOf('TCP', [listenerOf('TCP', '*')], proxyProtocolFrom), [...rules, ...backends]);
  }

  /** A listener of protocol TLS, and beside it one of HTTPS for web.example. */
  serveTls(endpoints: readonly number[], parts: TlsParts): Promise<number> {
    const certificates = parts.pair === undefined ? [] : ['certificate/ns/leaf'];
    const { mode, hostname, ciphers, minVersion = 'TLSv1.2' } = parts;
    const tls: ListenerTls = { mode, minVersion, ciphers, certificates, clientValidation: undefined };
    const web: ListenerTls = {
      mode: 'terminate',
      minVersion: 'TLSv1.2',
      ciphers: undefined,
      certificates,
      clientValidation: undefined,
    };
    const listeners = [
      { ...listenerOf('TLS', hostname), tls },
      { ...listenerOf('HTTPS', 'web.example'), name: 'ns/edge/web', tls: web },
    ];
    return this.serve(portOf('TLS', listeners), [
      ruleOf('TLSRoute', hostname),
      backendOf(endpoints, { tls: parts.backendTls === undefined ? undefined : tlsOf(parts.backendTls.serverName) }),
      ...materialOf(parts),
    ]);
  }

  serveHttp(proxyProtocolFrom: readonly string[]): Promise<number> {
    return this.serve(portOf('HTTP', [listenerOf('HTTP', '*')], proxyProtocolFrom), []);
  }

  /** One listener of protocol UDP whose rule leads to the endpoints; returns its port. */
  async serveUdp(endpoints: readonly number[], hasRule = true): Promise<number> {
    await this.give(portOf('UDP', [listenerOf('UDP', '*')]), hasRule ? [ruleOf('UDPRoute', '*'), backendOf(endpoints, {})] : []);
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    this.datagrams = this.engine.openDatagrams('port/127.0.0.1/1', socket);
    this.sockets.push(socket);
    return socket.address().port;
  }

  /** Gives the backend other endpoints. */
  async moveTo(endpoints: readonly number[]): Promise<void> {
    await this.engine.apply({ version: ++this.version, upserts: [backendOf(endpoints, {})], removes: [] }, []);
  }

  close(): void {
    for (const socket of this.sockets.splice(0)) socket.close();
    for (const server of this.servers.splice(0)) server.close();
    this.engine.close();
  }

  private async give(port: Port, resources: readonly Resource[]): Promise<void> {
    await this.engine.apply({ version: ++this.version, upserts: [port, ...resources], removes: [] }, []);
  }

  private async serve(port: Port, resources: readonly Resource[]): Promise<number> {
    await this.give(port, resources);
    const server = createServer({ noDelay: true }, socket => this.engine.accept(port.name, socket));
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port: this.port } = server.address() as AddressInfo);
    return this.port;
  }
}

function portOf(protocol: Port['protocol'], listeners: readonly Listener[], proxyProtocolFrom: readonly string[] = []): Port {
  return { kind: 'port', name: 'port/127.0.0.1/1', address: '127.0.0.1', port: 1, protocol, proxyProtocolFrom, listeners };
}

function listenerOf(protocol: Listener['protocol'], hostname: string): Listener {
  return { name: 'ns/edge/main', hostname, protocol, tls: undefined, backendCertificate: undefined };
}

function ruleOf(routeKind: StreamRule['routeKind'], hostname: string): StreamRule {
  return {
    kind: 'streamRule',
    name: `stream-rule/${routeKind}/ns/db/0`,
    routeKind,
    route: 'ns/db',
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments: [{ listener: 'ns/edge/main', hostnames: [hostname], access: undefined, traffic: undefined }],
    backends: [{ backend: 'backend/ns/db/1', label: 'ns/db:1', weight: 1, access: undefined }],
  };
}

function backendOf(endpoints: readonly number[], parts: Partial<Backend>): Backend {
  return {
    kind: 'backend',
    name: 'backend/ns/db/1',
    label: 'ns/db:1',
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'roundRobin',
    connectTimeoutMs: 1_000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: endpoints.map(port => ({ address: '127.0.0.1', port })),
    ...parts,
  };
}

function tlsOf(serverName: string): BackendTls {
  return { serverName, subjectAltNames: [], usesSystemAuthorities: false, trustBundle: 'trust/ns/backend' };
}

function materialOf({ pair, backendTls }: TlsParts): readonly Resource[] {
  const leaf: readonly Resource[] =
    pair === undefined
      ? []
      : [
          {
            kind: 'certificate',
            name: 'certificate/ns/leaf',
            chainPem: pair.certificatePem,
            keyPem: pair.keyPem,
            dnsNames: ['db.example', 'web.example'],
            notAfterMs: 0,
          },
        ];
  if (backendTls === undefined) return leaf;
  return [...leaf, { kind: 'trustBundle', name: 'trust/ns/backend', authoritiesPem: backendTls.authoritiesPem }];
}

/** A UDP port and what its rule leads to, for a pool of workers. */
export function resourcesOfUdp(endpoints: readonly number[]): { readonly port: Port; readonly resources: readonly Resource[] } {
  return { port: portOf('UDP', [listenerOf('UDP', '*')]), resources: [ruleOf('UDPRoute', '*'), backendOf(endpoints, {})] };
}
