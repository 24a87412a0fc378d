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
  return new AcceptedSource(handle);
}

/** One object, and no closures but the two that Node asks for: every idle connection keeps what this is made of. */
class AcceptedSource implements ByteSource {
  readonly socket: Socket;
  private readonly memory = new ReadMemory();
  private take: (bytes: Buffer) => void = ignore;

  constructor(handle: object) {
    const { memory } = this;
    const options: SocketConstructorOpts = {
      onread: {
        buffer: memory.current,
        callback: byteCount => {
          this.take(memory.lastRead(byteCount));
          return true;
        },
      },
    };
    Reflect.set(options, 'handle', handle);
    this.socket = new Socket(options);
  }

  listen(take: (bytes: Buffer) => void): void {
    this.take = take;
  }

  keep(chunk: Buffer): Buffer {
    return this.memory.keep(chunk);
  }

  rest(): void {
    this.memory.rest();
  }
}

function ignore(): void {
  // Nobody listens yet.
}

/**
 * Reads what TLS has decrypted into memory that all of a thread's sockets share. A TLS socket around an accepted one has no
 * option `onread`, so what the option would set is set on it. Where Node keeps that elsewhere than expected, reads go by `data`
 * events. See docs/decisions/0004-reading-into-shared-memory.md.
 */
export function sourceFromSecured(socket: Socket): ByteSource {
  const handle: unknown = Reflect.get(socket, '_handle');
  const useUserBuffer: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'useUserBuffer') : undefined;
  const fields = ['kBuffer', 'kBufferCb', 'kBufferGen'].map(name => ownSymbol(socket, name));
  const [bufferField, callbackField, generatorField] = fields;
  if (typeof useUserBuffer !== 'function' || !bufferField || !callbackField || !generatorField) return sourceFromStream(socket);
  const memory = new ReadMemory();
  let take: ((bytes: Buffer) => void) | undefined;
  Reflect.set(socket, bufferField, memory.current());
  Reflect.set(socket, callbackField, (byteCount: number) => take?.(memory.lastRead(byteCount)));
  Reflect.set(socket, generatorField, memory.current);
  Reflect.apply(useUserBuffer, handle, [memory.current()]);
  return {
    socket,
    listen: taker => {
      const isFirst = take === undefined;
      take = taker;
      if (isFirst) takeEarly(socket, bytes => take?.(bytes));
    },
    keep: chunk => memory.keep(chunk),
    rest: () => memory.rest(),
  };
}

/** What came before anyone listened waits in the stream; it is handed on later, as everything else is. */
function takeEarly(socket: Socket, take: (bytes: Buffer) => void): void {
  const early: unknown = socket.read();
  if (!Buffer.isBuffer(early)) return;
  queueMicrotask(() => {
    if (!socket.destroyed) take(early);
  });
}

function ownSymbol(target: object, description: string): symbol | undefined {
  return Object.getOwnPropertySymbols(target).find(symbol => symbol.description === description);
}
