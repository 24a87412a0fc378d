// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net';
import type { SocketConstructorOpts } from 'node:net';
import { ReadMemory } from './read-memory.ts';

/** Where the bytes of a downstream connection come from. */
export interface ByteSource {
  readonly socket: Socket;
  /**
   * Has each read's bytes handed to `take`, which may look at them during the call only; for longer see `keep`. A second call
   * puts another taker in the place of the first.
   */
  listen(take: (bytes: Buffer) => void): void;
  /** A part of the bytes of the last read, in memory that nobody writes into again. */
  keep(chunk: Buffer): Buffer;
  /** A large body is over. */
  rest(): void;
}

/** Reads by `data` events: each read has memory of its own. For TLS, and for anything that is a stream. */
export function sourceFromStream(socket: Socket): ByteSource {
  let take: ((bytes: Buffer) => void) | undefined;
  return {
    socket,
    listen: taker => {
      if (take === undefined) socket.on('data', (bytes: Buffer) => take?.(bytes));
      take = taker;
    },
    keep: chunk => chunk,
    rest: () => undefined,
  };
}

/**
 * Reads a freshly accepted connection into memory that all of a thread's sockets share. net.connect has the option `onread`
 * for that and net.Server has not, so the accepted socket's handle is given to a socket that has it; the accepted one is not
 * used again. Where Node keeps the handle elsewhere than expected, reads go by `data` events: slower, and the same otherwise.
 * See docs/decisions/0004-reading-into-shared-memory.md.
 */
export function sourceFromAccepted(accepted: Socket): ByteSource {
  const handle: unknown = Reflect.get(accepted, '_handle');
  if (typeof handle !== 'object' || handle === null) return sourceFromStream(accepted);
  const memory = new ReadMemory();
  let take = (_bytes: Buffer): void => undefined;
  const options: SocketConstructorOpts = {
    onread: {
      buffer: memory.current,
      callback: byteCount => {
        take(memory.current().subarray(0, byteCount));
        return true;
      },
    },
  };
  Reflect.set(options, 'handle', handle);
  return {
    socket: new Socket(options),
    listen: taker => {
      take = taker;
    },
    keep: chunk => memory.keep(chunk),
    rest: () => memory.rest(),
  };
}
