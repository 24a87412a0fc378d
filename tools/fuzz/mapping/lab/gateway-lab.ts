// SPDX-License-Identifier: Apache-2.0
import { BackendMemory, createPlaceBuffer, createRateBuffer, SharedPlaces } from '@weir/resilience';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createSystemRandom, systemClock } from '@weir/base';
import type { Backend, Port, Resource, RouteRule } from '@weir/policy/snapshot';
import { defaultSettings } from '@weir/proxy';
import { createEngine, type Engine } from '@weir/proxy/engine';
import { createTelemetry } from '@weir/telemetry';

const PORT_NAME = 'port/127.0.0.1/1';
const LISTENER = 'fuzz/edge/main';
const BACKEND = 'backend/fuzz/backend/1';
const LOADS = { begin: () => undefined, end: () => undefined, inFlight: () => 0 };

/** The engine on a real port, with one route for everything to one backend. */
export class GatewayLab implements AsyncDisposable {
  readonly port: number;
  /** Faults that were the gateway's own. */
  readonly defects: string[];
  private readonly engine: Engine;
  private readonly server: Server;

  private constructor(parts: { engine: Engine; server: Server; defects: string[] }) {
    this.engine = parts.engine;
    this.server = parts.server;
    this.defects = parts.defects;
    this.port = (parts.server.address() as AddressInfo).port;
  }

  static async open(backend: { readonly port: number; readonly protocol: Backend['protocol'] }): Promise<GatewayLab> {
    const defects: string[] = [];
    const telemetry = createTelemetry({ clock: systemClock, accessLog: undefined });
    const engine = createEngine({
      reportOverload: () => undefined,
      places: new SharedPlaces(createPlaceBuffer({ keys: 16, columnCount: 1 }, createSystemRandom()), 0),
      rates: createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createSystemRandom()),
      backendMemory: new BackendMemory(new SharedArrayBuffer(0), { workerIndex: 0, workerCount: 1 }),
      clock: systemClock,
      random: createSystemRandom(),
      telemetry: {
        ...telemetry,
        requestEnded: ({ fault, faultDetail }) => {
          if (fault === 'internal') defects.push(faultDetail);
        },
      },
      loads: LOADS,
      settings: defaultSettings,
    });
    await engine.apply({ version: 1, upserts: resourcesOf(backend), removes: [] }, []);
    const server = createServer({ noDelay: true }, socket => engine.accept(PORT_NAME, socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new GatewayLab({ engine, server, defects });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.server.close();
    this.engine.close();
    return Promise.resolve();
  }
}

function resourcesOf({ port, protocol }: { readonly port: number; readonly protocol: Backend['protocol'] }): readonly Resource[] {
  const front: Port = {
    kind: 'port',
    name: PORT_NAME,
    address: '127.0.0.1',
    port: 1,
    protocol: 'HTTP',
    proxyProtocolFrom: [],
    listeners: [{ name: LISTENER, hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined }],
  };
  const backend: Backend = {
    kind: 'backend',
    name: BACKEND,
    label: 'fuzz/backend:1',
    protocol,
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'roundRobin',
    connectTimeoutMs: 5_000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: [{ address: '127.0.0.1', port }],
  };
  return [front, RULE, backend];
}

const RULE: RouteRule = {
  kind: 'routeRule',
  name: 'rule/fuzz/all/0',
  routeKind: 'HTTPRoute',
  route: 'fuzz/all',
  rule: '0',
  createdMs: 0,
  index: 0,
  attachments: [{ listener: LISTENER, hostnames: ['*'], access: undefined, traffic: undefined }],
  matches: [{ path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] }],
  action: {
    refusal: undefined,
    filters: [],
    backends: [{ backend: BACKEND, label: 'fuzz/backend:1', weight: 1, filters: [], access: undefined }],
    requestTimeoutMs: 0,
    attemptTimeoutMs: 0,
    retry: undefined,
    sessionPersistence: undefined,
  },
};
