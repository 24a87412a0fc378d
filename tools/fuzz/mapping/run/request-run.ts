// SPDX-License-Identifier: Apache-2.0
import {
  answering,
  http2Block,
  http2Frame,
  PeerEnded,
  type RawRequest,
  reply,
  startUpstream,
  type Upstream,
} from '@weir/testing';
import { BIT, TYPE } from '../../frames/model/words.ts';
import { parseByLlhttp } from '../../parsers/llhttp.ts';
import { FrameClient, type StreamAnswer } from '../lab/frame-client.ts';
import { GatewayLab } from '../lab/gateway-lab.ts';
import { CASE_FIELD, type WrittenRequest } from '../inputs/request-writer.ts';
import { judgeRequest, type SeenRequest } from '../model/judge-request.ts';

/** What is wrong about one request. */
export interface RequestFailure {
  readonly request: WrittenRequest;
  readonly detail: string;
}

/** A method that is a token and none of llhttp's list. */
const UNKNOWN_METHOD = /HPE_INVALID_METHOD|HTTP\/2 Connection Preface/;
const LARGEST_FRAME = 16_384;

/** Requests over HTTP/2 through the gateway to a backend of HTTP/1.1 that writes down all that it reads. */
export class RequestRun implements AsyncDisposable {
  private readonly lab: GatewayLab;
  private readonly upstream: Upstream;
  private readonly complaints: string[];
  /** How many requests of each connection have been compared. */
  private readonly taken = new Map<object, number>();

  private constructor(parts: { lab: GatewayLab; upstream: Upstream; complaints: string[] }) {
    this.lab = parts.lab;
    this.upstream = parts.upstream;
    this.complaints = parts.complaints;
  }

  static async open(): Promise<RequestRun> {
    const complaints: string[] = [];
    const script = answering(request => (request.method === 'HEAD' ? reply() : reply({ body: 'ok' })));
    const upstream = await startUpstream(async connection => {
      try {
        await script(connection);
      } catch (error) {
        connection.socket.destroy();
        // A body that is cut off ends its connection, and is no request.
        if (!(error instanceof PeerEnded) && !isReset(error)) complaints.push(String(error));
      }
    });
    return new RequestRun({ lab: await GatewayLab.open({ port: upstream.port, protocol: 'http1' }), upstream, complaints });
  }

  /** Sends the requests at once, each on a stream of its own, and compares what came of them. `firstId`: of the case field. */
  async check(requests: readonly WrittenRequest[], firstId: number): Promise<readonly RequestFailure[]> {
    const answers = await this.sendAll(requests);
    const seen = this.takeSeen();
    const failures = requests.flatMap((request, i) => {
      const mine = seen.filter(({ caseId }) => caseId === String(firstId + i));
      const detail = judgeRequest(request, mine, answers[i]);
      return detail === undefined ? [] : [{ request, detail }];
    });
    const general = this.generalFault(requests, firstId, seen);
    const [first] = requests;
    return general === undefined || first === undefined ? failures : [...failures, { request: first, detail: general }];
  }

  /** llhttp has to see the same requests in all that the backend was sent, as far as it knows their methods. */
  secondOpinion(): string | undefined {
    for (const { seen, requests } of this.upstream.connections) {
      const { messages, reason } = parseByLlhttp([Buffer.from(seen, 'latin1')], 'request');
      const here = requests.map(({ method, target }) => `${method} ${target}`);
      const there = messages.map(({ line }) => line.slice(0, line.lastIndexOf(' ')));
      const known = UNKNOWN_METHOD.test(reason) ? here.slice(0, there.length) : here;
      if (known.join('\n') !== there.join('\n')) {
        return `llhttp reads ${JSON.stringify(there)} (${reason}) and the backend ${JSON.stringify(here)}`;
      }
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
    await this.upstream.stop();
  }

  private async sendAll(requests: readonly WrittenRequest[]): Promise<readonly (StreamAnswer | undefined)[]> {
    await using client = await FrameClient.open(this.lab.port);
    const ids = requests.map((_, i) => 2 * i + 1);
    client.send(...requests.map((request, i) => framesOf(request, 2 * i + 1)));
    await client.settle(ids);
    return ids.map(id => client.answers.get(id));
  }

  private generalFault(requests: readonly WrittenRequest[], firstId: number, seen: readonly SeenRequest[]): string | undefined {
    const stranger = seen.find(({ caseId }) => {
      const id = Number(caseId ?? 'none');
      return !(id >= firstId && id < firstId + requests.length);
    });
    if (stranger !== undefined) return `the backend saw a request that nobody sent: ${JSON.stringify(stranger)}`;
    const [complaint] = this.complaints.splice(0);
    if (complaint !== undefined) return `the backend cannot read what it was sent: ${complaint}`;
    const [defect] = this.lab.defects.splice(0);
    return defect === undefined ? undefined : `an internal error: ${defect}`;
  }

  /** What the backend has read since the last call. */
  private takeSeen(): readonly SeenRequest[] {
    const fresh = this.upstream.connections.flatMap(connection => connection.requests.slice(this.taken.get(connection) ?? 0));
    for (const connection of this.upstream.connections) this.taken.set(connection, connection.requests.length);
    return fresh.map(seenFrom);
  }
}

function seenFrom(request: RawRequest): SeenRequest {
  const { method, target, fields, body, trailers } = request;
  return { caseId: request.headers(CASE_FIELD).at(-1), method, target, fields, body: body.toString('latin1'), trailers };
}

function framesOf({ fields, pieces, trailers }: WrittenRequest, streamId: number): Buffer {
  const frames = [sectionOf(fields, streamId, pieces.length === 0)];
  pieces.forEach((piece, i) => {
    const isLast = i === pieces.length - 1 && trailers === undefined;
    const payload = Buffer.from(piece, 'latin1');
    frames.push(http2Frame({ type: TYPE.data, flags: isLast ? BIT.endStream : 0, streamId, payload }));
  });
  if (trailers !== undefined) frames.push(sectionOf(trailers, streamId, true));
  return Buffer.concat(frames);
}

function sectionOf(fields: WrittenRequest['fields'], streamId: number, isEnd: boolean): Buffer {
  const block = http2Block(...fields);
  const rest = block.subarray(LARGEST_FRAME);
  const flags = (isEnd ? BIT.endStream : 0) + (rest.length === 0 ? BIT.endHeaders : 0);
  const head = http2Frame({ type: TYPE.headers, flags, streamId, payload: block.subarray(0, LARGEST_FRAME) });
  if (rest.length === 0) return head;
  return Buffer.concat([head, http2Frame({ type: TYPE.continuation, flags: BIT.endHeaders, streamId, payload: rest })]);
}

function isReset(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'].includes(String(error.code))
  );
}
