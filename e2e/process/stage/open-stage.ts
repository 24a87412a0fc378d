// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  connectRaw,
  createTestAuthority,
  echo,
  findFreePorts,
  Http2Client,
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
  RawClient,
  RawResponse,
  RequestOptions,
  TestDocument,
  Upstream,
  UpstreamScript,
  Weir,
} from '@weir/testing';
import { gateway, service, tlsSecret } from './documents.ts';

/** HTTP/1.1, for what its bytes on the wire have to be. */
export const TRANSPORTS = ['http', 'https'] as const;
export type Transport = (typeof TRANSPORTS)[number];
/** How a client reaches the gateway, HTTP/2 without and over TLS among it; every behaviour is the same over all. */
export const PROTOCOLS = [...TRANSPORTS, 'h2c', 'h2'] as const;
/** Those of them that are HTTP/2. */
export const HTTP2_PROTOCOLS = ['h2c', 'h2'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface StageOptions {
  /** Services and what stands behind each; `echo` answers with what it was sent. */
  readonly backends: Readonly<Record<string, UpstreamScript | 'echo'>>;
  readonly documents: readonly TestDocument[];
  readonly flags?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A gateway with an HTTP and an HTTPS listener in front of scripted upstreams. */
export class Stage implements AsyncDisposable {
  readonly weir: Weir;
  readonly ports: Readonly<Record<Transport, number>>;
  private readonly upstreams: ReadonlyMap<string, Upstream>;

  constructor(weir: Weir, ports: Readonly<Record<Transport, number>>, upstreams: ReadonlyMap<string, Upstream>) {
    this.weir = weir;
    this.ports = ports;
    this.upstreams = upstreams;
  }

  /** Where a transport is, for clients of any kind. */
  at(protocol: Protocol): ClientOptions {
    const transport = transportOf(protocol);
    if (transport === 'http') return { port: this.ports.http };
    const tls = { rejectUnauthorized: false };
    return { port: this.ports.https, tls: protocol === 'h2' ? { ...tls, ALPNProtocols: ['h2'] } : tls };
  }

  upstream(name: string): Upstream {
    const upstream = this.upstreams.get(name);
    if (upstream === undefined) throw new Error(`no upstream ${name}`);
    return upstream;
  }

  connect(transport: Transport): Promise<RawClient> {
    return connectRaw(this.at(transport));
  }

  /** One request on a connection of its own. */
  send(protocol: Protocol, target: string, options?: RequestOptions): Promise<RawResponse> {
    return (isHttp2(protocol) ? http2Request : request)(this.at(protocol), target, options);
  }

  /** A connection for one request after another. */
  async open(protocol: Protocol): Promise<Http2Client | RawClient> {
    return isHttp2(protocol) ? new Http2Client(this.at(protocol)) : connectRaw(this.at(protocol));
  }

  /** One request to an echoing backend: what that was sent. Throws unless it answered. */
  async echo(protocol: Protocol, target: string, options?: RequestOptions): Promise<Echo> {
    const response = await this.send(protocol, target, options);
    if (response.status !== 200) throw new Error(`${target} answered ${response.startLine}: ${response.text}`);
    return response.json() as Echo;
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

/** The scheme of its URLs, too. */
export function transportOf(protocol: Protocol): Transport {
  return protocol === 'http' || protocol === 'h2c' ? 'http' : 'https';
}

export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'h2' || protocol === 'h2c';
}

/** Starts the upstreams and a gateway named `edge` in front of them. */
export async function openStage({ backends, documents, flags = [], env = {} }: StageOptions): Promise<Stage> {
  const upstreams = new Map<string, Upstream>();
  for (const [name, script] of Object.entries(backends)) {
    upstreams.set(name, await startUpstream(script === 'echo' ? answering(echo(name)) : script));
  }
  const [http = 0, https = 0] = await findFreePorts(2);
  const authority = await createTestAuthority();
  const weir = await startWeir(
    [
      ...edgeDocuments({ http, https }),
      tlsSecret('edge-certificate', await authority.issue('localhost', '*.example.com')),
      ...[...upstreams].flatMap(([name, upstream]) => service(name, [upstream.port])),
      ...documents,
    ],
    { flags, env },
  );
  return new Stage(weir, { http, https }, upstreams);
}

function edgeDocuments(ports: Readonly<Record<Transport, number>>): readonly TestDocument[] {
  const allowedRoutes = { namespaces: { from: 'All' } };
  const tls = { mode: 'Terminate', certificateRefs: [{ kind: 'Secret', name: 'edge-certificate' }] };
  return [
    gateway('edge', [
      { name: 'http', protocol: 'HTTP', port: ports.http, allowedRoutes },
      { name: 'https', protocol: 'HTTPS', port: ports.https, tls, allowedRoutes },
    ]),
  ];
}
