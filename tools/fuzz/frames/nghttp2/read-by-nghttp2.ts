// SPDX-License-Identifier: Apache-2.0
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { HTTP2_PREFACE, http2FramesIn } from '@weir/testing';
import type { Field } from '../model/hpack-model.ts';
import { TYPE } from '../model/words.ts';

/** What a server made of a client's bytes. */
export interface ServerReading {
  /** Whether the connection ended with an error. */
  readonly isEnded: boolean;
  /** Fields of each request, as text. */
  readonly requests: readonly string[];
}

/** Turns of the event loop in which nothing new came, after which nothing more is waited for. */
const QUIET_TURNS = 3;

/** Lets Node's nghttp2 read a client's bytes, behind the preface. It answers each request at once. */
export async function readByNghttp2(bytes: Buffer): Promise<ServerReading> {
  const wire = new Wire();
  const session = performServerHandshake(wire, {
    maxSettings: 1_000,
    settings: { enableConnectProtocol: true, initialWindowSize: 262_144 },
  });
  const requests: string[] = [];
  const errors: Error[] = [];
  session.on('error', (error: Error) => errors.push(error));
  session.on('stream', (stream: ServerHttp2Stream, ...[, , raw]: readonly [unknown, number, readonly string[]]) => {
    stream.on('error', () => undefined);
    stream.resume();
    requests.push(textOf(raw));
  });
  wire.push(Buffer.concat([HTTP2_PREFACE, bytes]));
  await quiet(() => wire.sentBytes + requests.length);
  const isEnded = errors.length > 0 || hasGoAway(wire.sent());
  destroy(session, wire);
  return { isEnded, requests };
}

/** As the model's text of the same fields. */
export function textOfFields(fields: readonly Field[]): string {
  return JSON.stringify(fields.toSorted(([left], [right]) => Number(right.startsWith(':')) - Number(left.startsWith(':'))));
}

/** A stream without a network: what is pushed is read, what is written is kept. */
class Wire extends Duplex {
  sentBytes = 0;
  private readonly chunks: Buffer[] = [];

  override _read(): void {
    // Bytes are pushed.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.sentBytes += chunk.length;
    done();
  }

  sent(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

function textOf(raw: readonly string[]): string {
  const fields: Field[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) fields.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return textOfFields(fields);
}

function hasGoAway(sent: Buffer): boolean {
  return http2FramesIn(sent).some(({ type, payload }) => type === TYPE.goAway && payload.readUInt32BE(4) !== 0);
}

async function quiet(progress: () => number): Promise<void> {
  let before = -1;
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    if (progress() !== before) turns = 0;
    before = progress();
    await new Promise(resolve => void setImmediate(resolve));
  }
}

function destroy(session: ServerHttp2Session, wire: Wire): void {
  session.destroy();
  wire.destroy();
}
