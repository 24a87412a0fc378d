// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  connectRaw,
  findFreePorts,
  PeerEnded,
  type RawClient,
  type RawRequest,
  reply,
  request,
  startUpstream,
  startWeir,
  type Upstream,
  type UpstreamScript,
  waitFor,
  type Weir,
} from '@weir/testing';
import { gatewayDocuments } from './gateway-documents.ts';

const GONE_CODES = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** The gateway in front of one backend that reads strictly and remembers all that it read. */
export class Lab implements AsyncDisposable {
  readonly upstream: Upstream;
  /** Why the backend could not read what it was sent; has to stay empty. */
  readonly complaints: readonly unknown[];
  private readonly weir: Weir;
  private readonly port: number;
  private readonly parts: AsyncDisposableStack;

  constructor(parts: Pick<Lab, 'upstream' | 'complaints'> & { weir: Weir; port: number; parts: AsyncDisposableStack }) {
    this.parts = parts.parts;
    this.upstream = parts.upstream;
    this.complaints = parts.complaints;
    this.weir = parts.weir;
    this.port = parts.port;
  }

  connect(): Promise<RawClient> {
    return connectRaw({ port: this.port });
  }

  /** Sends an ordinary request on a connection of its own and returns what the backend says that it was. */
  async probe(target: string): Promise<string> {
    const answer = await request({ port: this.port }, target, { host: 'shop.test', headers: { Connection: 'close' } });
    return `${answer.status} ${answer.text}`;
  }

  /** What the backend saw since the last call of `forget`. */
  get seen(): readonly string[] {
    return this.upstream.requests.map(describeRequest);
  }

  forget(): void {
    this.upstream.forget();
  }

  /** Waits until each request that the backend saw stands in the gateway's access log, with the same method. */
  async findInLog(requests: readonly RawRequest[]): Promise<void> {
    for (const seen of requests) {
      const id = seen.header('x-request-id');
      const line = await waitFor(() => this.weir.accessLog.find(entry => entry['request_id'] === id), {
        what: () => `an access log line of ${seen.startLine}, which the backend saw; it says:\n${this.weir.child.output}`,
      });
      if (line['method'] !== seen.method) {
        throw new Error(`the gateway saw ${String(line['method'])}, the backend ${seen.startLine}`);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.disposeAsync();
  }
}

/** Starts a gateway in front of a backend with this script. */
export async function startLab(script: UpstreamScript = answering(describingReply)): Promise<Lab> {
  await using parts = new AsyncDisposableStack();
  const complaints: unknown[] = [];
  const upstream = await startUpstream(async connection => {
    try {
      await script(connection);
    } catch (error) {
      if (!isPeerGone(error)) complaints.push(error);
      throw error;
    }
  });
  parts.defer(() => upstream.stop());
  const [port] = await findFreePorts(1);
  if (port === undefined) throw new Error('no free port');
  const weir = parts.use(await startWeir(gatewayDocuments(port, upstream.port), { flags: ['--workers', '1'] }));
  return new Lab({ upstream, complaints, weir, port, parts: parts.move() });
}

/** Says to the client what the backend was asked. */
export function describingReply(seen: RawRequest): string {
  return reply({ body: describeRequest(seen) });
}

/** `METHOD target`, and the body behind it. */
export function describeRequest({ method, target, body }: RawRequest): string {
  return body.length === 0 ? `${method} ${target}` : `${method} ${target} ${body.toString('latin1')}`;
}

/** What a peer's going away looks like while its bytes are read or answered. */
function isPeerGone(error: unknown): boolean {
  return error instanceof PeerEnded || (error instanceof Error && 'code' in error && GONE_CODES.has(String(error.code)));
}
