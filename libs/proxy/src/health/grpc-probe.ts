// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';
import { onHttp2Session } from './http2-session.ts';

export interface GrpcHealthQuestion {
  readonly authority: string;
  /** '' = the server as a whole. */
  readonly service: string;
}

/** `ServingStatus` of grpc.health.v1 (grpc/grpc doc/health-checking.md). */
const SERVING = 1;
const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

const NOT_FOUND = '5';
const UNIMPLEMENTED = '12';
const MAX_ANSWER_BYTES = 4096;
/** Flag of compression and length of the message (grpc/grpc doc/PROTOCOL-HTTP2.md). */
const PREFIX_BYTES = 5;
/** Field 1 of either message: a text in the question, an enum in the answer. */
const SERVICE_TAG = 0x0a;
const STATUS_TAG = 0x08;

/** Calls grpc.health.v1.Health/Check; rejects unless the answer is SERVING. */
export async function askGrpcHealth(socket: Socket, question: GrpcHealthQuestion, signal: AbortSignal): Promise<void> {
  const { status, message, bytes } = await onHttp2Session(socket, session => {
    const stream = session.request(
      {
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        ':authority': question.authority,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'weir-health-check',
      },
      { signal },
    );
    // It fails once more when it is given up, and unheard that would end the process.
    stream.on('error', () => undefined);
    stream.end(questionFrame(question.service));
    return readAnswer(stream, signal);
  });
  if (status === NOT_FOUND) throw new Error(`it does not know the service \`${question.service}\``);
  if (status === UNIMPLEMENTED) throw new Error('it has no service grpc.health.v1.Health');
  if (status !== '0') throw new Error(`it answers with gRPC status ${status === '' ? 'none' : status}: ${message}`);
  const serving = servingStatusOf(bytes);
  if (serving !== SERVING) throw new Error(`it says ${SERVING_STATUSES[serving] ?? 'nothing that is known'}`);
}

interface GrpcAnswer {
  /** '' = none came. */
  readonly status: string;
  readonly message: string;
  readonly bytes: Buffer;
}

async function readAnswer(stream: ClientHttp2Stream, signal: AbortSignal): Promise<GrpcAnswer> {
  let fields: IncomingHttpHeaders = {};
  stream.on('response', headers => (fields = { ...fields, ...headers }));
  stream.on('trailers', trailers => (fields = { ...fields, ...trailers }));
  const chunks: Buffer[] = [];
  let byteCount = 0;
  stream.on('data', (chunk: Buffer) => {
    byteCount += chunk.length;
    if (byteCount > MAX_ANSWER_BYTES) stream.destroy(new Error(`its answer is longer than ${MAX_ANSWER_BYTES} bytes`));
    else chunks.push(chunk);
  });
  await once(stream, 'end', { signal });
  const text = (name: string): string => [fields[name] ?? ''].flat().join();
  return { status: text('grpc-status'), message: text('grpc-message'), bytes: Buffer.concat(chunks) };
}

/** A HealthCheckRequest. The name is at most 256 bytes, so that its length takes two bytes at most. */
function questionFrame(service: string): Buffer {
  const name = Buffer.from(service, 'latin1');
  const length = name.length < 0x80 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([SERVICE_TAG, ...length]), name]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Of a HealthCheckResponse, whose one field may be left out for UNKNOWN; -1 = it is none. */
function servingStatusOf(bytes: Buffer): number {
  const message = bytes.subarray(PREFIX_BYTES);
  if (bytes.length < PREFIX_BYTES || bytes[0] !== 0 || message.length !== bytes.readUInt32BE(1)) return -1;
  if (message.length === 0) return 0;
  return message.length === 2 && message[0] === STATUS_TAG ? (message[1] ?? -1) : -1;
}
