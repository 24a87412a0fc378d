// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  connectRaw,
  echo,
  findFreePorts,
  http2Request,
  request,
  startUpstream,
  startWeir,
  waitFor,
  writeDocument,
} from '@weir/testing';
import type {
  ClientOptions,
  Echo,
  RawResponse,
  RequestOptions,
  TestDocument,
  Upstream,
  UpstreamScript,
  Weir,
} from '@weir/testing';
import type { Fields } from '../../stage/documents.ts';

/** A Service with one workload, whose application stands behind a sidecar. */
export interface MeshApp {
  /** `shop` unless said. */
  readonly namespace?: string;
  /** What the application is; a number is a port of loopback that somebody else serves. */
  readonly answers?: UpstreamScript | number | 'echo';
  /** Ports of the Service, `{ name: http, port: 80 }` unless said; all lead to the application. */
  readonly ports?: readonly (Fields & { readonly name: string })[];
  /** What it calls: `orders`, `orders.other`, `orders:8080`. */
  readonly calls?: readonly string[];
  /** Callers find it at its address alone: it has no sidecar. */
  readonly isBare?: boolean;
}

export interface MeshStageOptions {
  readonly apps: Readonly<Record<string, MeshApp>>;
  readonly documents?: readonly TestDocument[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Place {
  readonly address: string;
  readonly port: number;
}

/** `weir up` with a Gateway in front and a sidecar beside each application. */
export class MeshStage implements AsyncDisposable {
  readonly weir: Weir;
  /** Port of the Gateway. */
  readonly edge: number;
  private readonly upstreams: ReadonlyMap<string, Upstream>;
  /** By `APP CALLS`: where the application calls. */
  private readonly calls: ReadonlyMap<string, number>;
  private readonly places: ReadonlyMap<string, Place>;

  constructor(weir: Weir, edge: number, parts: Pick<Prepared, 'calls' | 'places' | 'upstreams'>) {
    this.weir = weir;
    this.edge = edge;
    this.upstreams = parts.upstreams;
    this.calls = parts.calls;
    this.places = parts.places;
  }

  /** Where the application of `caller` calls a Service, as it is written in its `calls`. */
  at(caller: string, service: string): ClientOptions & { readonly port: number } {
    const port = this.calls.get(`${caller} ${service}`);
    if (port === undefined) throw new Error(`${caller} does not call ${service}`);
    return { port };
  }

  /** Where others call a workload: its sidecar's port. */
  placeOf(app: string): Place {
    const place = this.places.get(app);
    if (place === undefined) throw new Error(`no app ${app}`);
    return place;
  }

  upstream(app: string): Upstream {
    const upstream = this.upstreams.get(app);
    if (upstream === undefined) throw new Error(`no app ${app}`);
    return upstream;
  }

  /** A request of an application, over HTTP/1.1. */
  send([caller, service]: readonly [string, string], target: string, options?: RequestOptions): Promise<RawResponse> {
    return request(this.at(caller, service), target, options);
  }

  /** The same over HTTP/2. */
  sendHttp2([caller, service]: readonly [string, string], target: string, options?: RequestOptions): Promise<RawResponse> {
    return http2Request(this.at(caller, service), target, options);
  }

  /** A request to the Gateway. */
  sendToEdge(target: string, options?: RequestOptions): Promise<RawResponse> {
    return request({ port: this.edge }, target, options);
  }

  /** What an echoing application was sent. Throws unless it answered. */
  async echo(way: readonly [string, string], target: string, options?: RequestOptions): Promise<Echo> {
    const response = await this.send(way, target, options);
    if (response.status !== 200) {
      throw new Error(`${target} answered ${response.startLine}: ${response.text}\n${this.weir.child.output}`);
    }
    return response.json() as Echo;
  }

  /** How many of `count` calls, on one connection, came to which application. */
  async tally([caller, service]: readonly [string, string], count: number): Promise<Readonly<Record<string, number>>> {
    const seen: Record<string, number> = {};
    await using client = await connectRaw(this.at(caller, service));
    for (let i = 0; i < count; i++) {
      const answer = await client.request('/');
      const { backend } = answer.json() as Echo;
      seen[backend] = (seen[backend] ?? 0) + 1;
    }
    return seen;
  }

  /** Records of the access log by the fields given, as soon as there is one. */
  async logged(fields: Fields): Promise<Readonly<Record<string, unknown>>> {
    return waitFor(
      () => this.weir.accessLog.find(record => Object.entries(fields).every(([name, value]) => record[name] === value)),
      {
        what: () => `a line of the log with ${JSON.stringify(fields)}\n${this.weir.child.output}`,
      },
    );
  }

  /** Writes documents and waits until `isLive` sees them in effect. */
  async apply(documents: readonly TestDocument[], isLive: () => Promise<boolean>): Promise<void> {
    for (const document of documents) await writeDocument(this.weir.directory, document);
    await waitFor(isLive, { what: () => `the change to be live\n${this.weir.child.output}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.weir[Symbol.asyncDispose]();
    await Promise.all([...this.upstreams.values()].map(upstream => upstream[Symbol.asyncDispose]()));
  }
}

interface Prepared {
  readonly upstreams: Map<string, Upstream>;
  readonly calls: Map<string, number>;
  readonly places: Map<string, Place>;
  readonly documents: TestDocument[];
}

/** Starts applications and `weir up`; resolves when every sidecar serves. */
export async function openMeshStage({ apps, documents = [], flags = [], env = {} }: MeshStageOptions): Promise<MeshStage> {
  const prepared: Prepared = { upstreams: new Map(), calls: new Map(), places: new Map(), documents: [] };
  for (const [index, [name, app]] of Object.entries(apps).entries()) await prepare(prepared, { name, app, index });
  const [edge = 0] = await findFreePorts(1);
  const weir = await startWeir([edgeOf(edge), ...prepared.documents, ...documents], { flags: ['--workers', '1', ...flags], env });
  // The gateway says that it is ready; its sidecars start after that.
  await waitFor(() => weir.child.stderr.includes('●'), { timeoutMs: 60_000, what: () => `the sidecars\n${weir.child.output}` });
  return new MeshStage(weir, edge, prepared);
}

/** Addresses of loopback that are left to others: 127.0.0.1 is that of applications. */
const FIRST_HOST = 20;

interface NamedApp {
  readonly name: string;
  readonly app: MeshApp;
  readonly index: number;
}

async function prepare({ upstreams, calls, places, documents }: Prepared, { name, app, index }: NamedApp): Promise<void> {
  const { answers = 'echo', isBare = false, calls: callsOf = [] } = app;
  const application = typeof answers === 'number' ? answers : await startApplication(upstreams, { name, script: answers });
  const servicePorts = app.ports ?? [{ name: 'http', port: 80 }];
  const free = await findFreePorts(servicePorts.length + callsOf.length);
  const ports = servicePorts.map((port, at) => ({ name: port.name, port: isBare ? application : (free[at] ?? 0) }));
  const called = callsOf.map((service, at) => ({ service, port: free[servicePorts.length + at] ?? 0 }));
  for (const { service, port } of called) calls.set(`${name} ${service}`, port);
  const address = isBare ? '127.0.0.1' : `127.0.0.${FIRST_HOST + index}`;
  places.set(name, { address, port: ports[0]?.port ?? 0 });
  documents.push(...workloadDocuments(name, app, { address, ports, application, called }));
}

interface Workload {
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly port: number }[];
  /** Port of loopback that the application has. */
  readonly application: number;
  readonly called: readonly { readonly service: string; readonly port: number }[];
}

function workloadDocuments(name: string, app: MeshApp, { address, ports, application, called }: Workload): TestDocument[] {
  const { namespace = 'shop', isBare = false } = app;
  const upstreams = called.map(({ service, port }) => `${service}=127.0.0.1:${port}`).join(', ');
  const annotations = {
    'weir.dev/identity': `${namespace}/${name}`,
    'weir.dev/application': ports.map(port => `${port.name}=127.0.0.1:${application}`).join(', '),
    ...(upstreams === '' ? {} : { 'weir.dev/upstreams': upstreams }),
  };
  const labels = { 'kubernetes.io/service-name': name };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports: app.ports ?? [{ name: 'http', port: 80 }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels, ...(isBare ? {} : { annotations }) },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address] }],
      ports,
    },
  ];
}

async function startApplication(
  upstreams: Map<string, Upstream>,
  { name, script }: { readonly name: string; readonly script: UpstreamScript | 'echo' },
): Promise<number> {
  const upstream = await startUpstream(script === 'echo' ? answering(echo(name)) : script);
  upstreams.set(name, upstream);
  return upstream.port;
}

function edgeOf(port: number): TestDocument {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
    spec: {
      gatewayClassName: 'weir',
      listeners: [{ name: 'http', protocol: 'HTTP', port, allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  };
}
