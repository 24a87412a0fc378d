// SPDX-License-Identifier: Apache-2.0
import { getSystemErrorName } from 'node:util';
import type koffiModule from 'koffi';

/** The few system calls that Node does not offer and that sharing a listening socket between threads needs. */
export interface SocketCalls {
  /** Makes a bound socket. Throws SystemCallError. */
  bind(address: SocketAddress, options: BindOptions): number;
  /** Lets connections queue on a bound socket. */
  listen(descriptor: number): void;
  /** A second descriptor of the same socket; closing one leaves the other. */
  duplicate(descriptor: number): number;
  close(descriptor: number): void;
}

export interface BindOptions {
  readonly type: 'tcp' | 'udp';
  /** Sets SO_REUSEPORT. */
  readonly isShared: boolean;
  /** Of IPv6: takes IPv4, too, where it is bound to every address. */
  readonly isDual: boolean;
}

/** A `sockaddr` as the kernel reads it. */
export interface SocketAddress {
  readonly family: number;
  readonly bytes: Buffer;
}

export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  /** `EADDRINUSE`, `EACCES` … */
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = getSystemErrorName(-errno);
    super(`${call} failed with ${code}`);
    this.code = code;
  }
}

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const INT_BYTES = 4;
export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
// SOCK_NONBLOCK | SOCK_CLOEXEC: no child process may inherit a listening socket and keep its port taken.
const TYPE_FLAGS = 0o4000 | 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
/** The kernel caps it at net.core.somaxconn; a short queue drops the connections of a burst. */
const BACKLOG = 4096;

/**
 * Loads the calls. Undefined where sockets cannot be shared this way: not Linux, or without the native module.
 * For the main thread only: workers get descriptors, which are the process's.
 */
export async function loadSocketCalls(): Promise<SocketCalls | undefined> {
  // The numbers above are Linux's on every architecture that Node is built for.
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    return socketCallsFromLibrary(koffi);
  } catch {
    return undefined;
  }
}

function socketCallsFromLibrary(koffi: typeof koffiModule): SocketCalls {
  // The C library that this process has loaded already.
  const library = koffi.load(null);
  const check = (name: string, result: number): number => {
    if (result < 0) throw new SystemCallError(name, koffi.errno());
    return result;
  };
  const define = (signature: string, name: string): ((...values: readonly unknown[]) => number) => {
    const call: (...values: readonly unknown[]) => number = library.func(signature);
    return (...values) => check(name, call(...values));
  };
  const socket = define('int socket(int domain, int type, int protocol)', 'socket');
  const setOption = define('int setsockopt(int fd, int level, int name, const int *value, unsigned int size)', 'setsockopt');
  const bindTo = define('int bind(int fd, const void *address, unsigned int size)', 'bind');
  const listen = define('int listen(int fd, int backlog)', 'listen');
  const control = define('int fcntl(int fd, int command, ...)', 'fcntl');
  const close = define('int close(int fd)', 'close');
  const enable = (descriptor: number, level: number, option: number): number =>
    setOption(descriptor, level, option, [1], INT_BYTES);
  return {
    bind({ family, bytes }, { type, isShared, isDual }) {
      const descriptor = socket(family, (type === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | TYPE_FLAGS, 0);
      try {
        // Old connections linger on a TCP port; on a UDP port this would let two processes share it in silence.
        if (type === 'tcp') enable(descriptor, SOL_SOCKET, SO_REUSEADDR);
        if (isShared) enable(descriptor, SOL_SOCKET, SO_REUSEPORT);
        // Said either way: what a system does without (net.ipv6.bindv6only) is its own.
        if (family === AF_INET6) setOption(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, [isDual ? 0 : 1], INT_BYTES);
        bindTo(descriptor, bytes, bytes.length);
        return descriptor;
      } catch (error) {
        close(descriptor);
        throw error;
      }
    },
    listen: descriptor => void listen(descriptor, BACKLOG),
    duplicate: descriptor => control(descriptor, F_DUPFD_CLOEXEC, 'int', 0),
    close: descriptor => void close(descriptor),
  };
}
