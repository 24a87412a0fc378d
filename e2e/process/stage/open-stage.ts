// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  connectRaw,
  createTestAuthority,
  echo,
  findFreePorts,
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

/** How a client reaches the gateway; every behaviour is the same over both. */
export const TRANSPORTS = ['http', 'https'] as const;
export type Transport = (typeof TRANSPORTS)[number];

export interface StageOptions {
  /** Services and what stands behind each; `echo` answers with what it was sent. */
  readonly backends: Readonly<Record<string, UpstreamScript | 'echo'>>;
  readonly documents: readonly TestDocument[];
  readonly flags?: readonly string[];
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
  at(transport: Transport): ClientOptions {
    if (transport === 'http') return { port: this.ports.http };
    return { port: this.ports.https, tls: { rejectUnauthorized: false } };
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
  send(transport: Transport, target: string, options?: RequestOptions): Promise<RawResponse> {
    return request(this.at(transport), target, options);
  }

  /** One request to an echoing backend: what that was sent. Throws unless it answered. */
  async echo(transport: Transport, target: string, options?: RequestOptions): Promise<Echo> {
    const response = await this.send(transport, target, options);
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

/** Starts the upstreams and a gateway named `edge` in front of them. */
export async function openStage({ backends, documents, flags = [] }: StageOptions): Promise<Stage> {
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
    { flags },
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
