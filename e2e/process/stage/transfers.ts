// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';
import { connectHttp2, requestText } from '@weir/testing';
import { isHttp2, transportOf } from './open-stage.ts';
import type { Protocol, Stage } from './open-stage.ts';

/** An answer whose head has come, and whose body is read only as far as somebody asks. */
export interface Download extends AsyncDisposable {
  /** Reads so many bytes of the body; throws where it ends before. */
  skip(byteCount: number): Promise<void>;
}

/** Sends a GET and reads the head of its answer. */
export async function openDownload(stage: Stage, protocol: Protocol, target: string): Promise<Download> {
  if (isHttp2(protocol)) return openHttp2Download(stage, protocol, target);
  const client = await stage.connect(transportOf(protocol));
  await client.send(requestText(target));
  await client.readResponseHead();
  return {
    skip: byteCount => client.reader.skip(byteCount),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function openHttp2Download(stage: Stage, protocol: Protocol, target: string): Promise<Download> {
  const session = connectHttp2(stage.at(protocol));
  const stream = session.request({ ':path': target, ':authority': 'localhost' });
  await once(stream, 'response');
  return {
    skip: byteCount => skipOf(stream, byteCount),
    [Symbol.asyncDispose]() {
      session.destroy();
      return Promise.resolve();
    },
  };
}

async function skipOf(stream: ClientHttp2Stream, byteCount: number): Promise<void> {
  for (let left = byteCount; left > 0;) {
    const chunk = stream.read(Math.min(left, Math.max(stream.readableLength, 1))) as Buffer | null;
    if (chunk !== null) left -= chunk.length;
    else if (stream.readableEnded || stream.destroyed) throw new Error(`the body ended ${left} bytes too early`);
    else await once(stream, 'readable');
  }
}

/** A POST whose body goes out as fast as it is taken, without an end before all of it is. */
export interface Upload extends AsyncDisposable {
  /** What the client's side of the connection has taken so far. */
  readonly takenBytes: number;
  /** Breaks the connection off. */
  reset(): void;
}

/** Begins to send a body of `byteCount` bytes. */
export async function openUpload(
  stage: Stage,
  protocol: Protocol,
  { target, byteCount }: { readonly target: string; readonly byteCount: number },
): Promise<Upload> {
  if (isHttp2(protocol)) {
    const session = connectHttp2(stage.at(protocol));
    const stream = session.request({
      ':method': 'POST',
      ':path': target,
      ':authority': 'localhost',
      'content-length': byteCount,
    });
    stream.on('error', () => undefined);
    await once(session, 'remoteSettings');
    return uploadInto(stream, byteCount, () => session.destroy());
  }
  const client = await stage.connect(transportOf(protocol));
  await client.send(`POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${byteCount}\r\n\r\n`);
  return uploadInto(client.socket, byteCount, () => client.reset());
}

const CHUNK = Buffer.alloc(64 * 1024);

function uploadInto(writable: Writable, byteCount: number, reset: () => void): Upload {
  let takenBytes = 0;
  const write = (): void => {
    if (takenBytes >= byteCount || writable.destroyed) return;
    writable.write(CHUNK, problem => {
      if (problem !== null && problem !== undefined) return;
      takenBytes += CHUNK.length;
      write();
    });
  };
  write();
  return {
    get takenBytes() {
      return takenBytes;
    },
    reset,
    [Symbol.asyncDispose]() {
      reset();
      return Promise.resolve();
    },
  };
}
