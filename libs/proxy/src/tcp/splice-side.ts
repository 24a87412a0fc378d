// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';
import type { ByteSource } from '../http1/byte-source.ts';
import { ReadMemory } from '../http1/read-memory.ts';
import { SpliceMemory } from './splice-memory.ts';

/** What was read into `buffer`, which Node's types take for text too. */
export function viewOf(buffer: Uint8Array | string, byteCount: number): Buffer {
  return typeof buffer === 'string' ? Buffer.from(buffer, 'latin1') : Buffer.from(buffer.buffer, buffer.byteOffset, byteCount);
}

/** One side of a splice: a socket, and how its bytes are read. */
export interface SpliceSide {
  readonly socket: Socket;
  /** Has each read's bytes handed to `take`, which replaces an earlier taker. */
  listen(take: (bytes: Buffer) => void): void;
  /** The last read's bytes in memory that stays as it is until they are written, if nothing is read before that. */
  hold(bytes: Buffer): Buffer;
  /** All that was read is written. */
  settle(): void;
}

/** Reads by `data` events: each read has memory of its own. For TLS. The socket must not have been read from yet. */
export function sideFromStream(socket: Socket): SpliceSide {
  let take = (_bytes: Buffer): void => undefined;
  socket.pause();
  socket.on('data', (bytes: Buffer) => take(bytes));
  return { socket, listen: taker => void (take = taker), hold: bytes => bytes, settle: () => undefined };
}

/** A client's connection before it is known what becomes of it: its first bytes are looked at, then somebody takes over. */
export interface OpenedSource extends SpliceSide, ByteSource {
  /** From now on the bytes go to a splice, whose reads are larger. */
  spliced(): SpliceSide;
  /** Gives bytes that were read before to who listens now. They must be in memory of their own. */
  deliver(bytes: Buffer): void;
}

/**
 * Opens a freshly accepted connection, paused, for reading into memory that all sockets of the thread share; it may be closed
 * on one side. The accepted socket is not used again: see `sourceFromAccepted` for why.
 */
export function openAccepted(accepted: Socket): OpenedSource {
  const memory = new ReadMemory();
  const spliceMemory = new SpliceMemory();
  let current = memory.current;
  let take = (_bytes: Buffer): void => undefined;
  const socket = adoptHandle(accepted, {
    buffer: () => current(),
    callback: (byteCount, buffer) => {
      take(Buffer.from(buffer.buffer, buffer.byteOffset, byteCount));
      return true;
    },
  });
  const isAdopted = socket !== accepted;
  if (!isAdopted) socket.on('data', (bytes: Buffer) => take(bytes));
  const source: OpenedSource = {
    socket,
    listen: taker => void (take = taker),
    keep: chunk => (isAdopted ? memory.keep(chunk) : chunk),
    rest: () => memory.rest(),
    hold: bytes => (isAdopted ? spliceMemory.hold(bytes) : bytes),
    settle: () => spliceMemory.settle(),
    deliver: bytes => take(bytes),
    spliced: () => {
      current = spliceMemory.current;
      socket.once('close', () => spliceMemory.close());
      return source;
    },
  };
  return source;
}

/** Where Node keeps the handle elsewhere than expected, the socket stays as it is: slower, and the same otherwise. */
function adoptHandle(accepted: Socket, onread: NonNullable<SocketConstructorOpts['onread']>): Socket {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null) {
    accepted.allowHalfOpen = true;
    return accepted.pause();
  }
  const options: SocketConstructorOpts = { onread, allowHalfOpen: true };
  Reflect.set(options, 'handle', handle);
  Reflect.set(options, 'pauseOnCreate', true);
  return new Socket(options);
}
