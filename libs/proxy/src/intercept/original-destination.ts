// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from 'node:net';
import type { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type koffiModule from 'koffi';
import { plainAddress } from '../front/peer-addresses.ts';
import { hostPort } from '../listen/socket-address.ts';
import { descriptorOf } from '../listen/socket-descriptor.ts';
import { parseSocketAddress } from './parse-socket-address.ts';
import type { AddressAndPort } from './parse-socket-address.ts';

/** Where the client of an accepted connection wanted to go before the connection was redirected here. */
export interface OriginalDestination extends AddressAndPort {
  /**
   * The client dialled this very listener: nothing was redirected, and passing the connection on would lead here again, for ever.
   * The caller refuses it.
   */
  readonly isListener: boolean;
}

/** Asks for an accepted socket, once, before it is given to anybody. Throws OriginalDestinationError. */
export type ReadOriginalDestination = (socket: Socket) => OriginalDestination;

/**
 * `unsupported`: this system or installation cannot tell, ever. `unknown`: the kernel tracks no such connection, as no rules redirect
 * here. `gone`: the socket is closed. `failed`: any other error of the call.
 */
export type OriginalDestinationErrorCode = 'failed' | 'gone' | 'unknown' | 'unsupported';

export class OriginalDestinationError extends Error {
  override readonly name = 'OriginalDestinationError';
  readonly code: OriginalDestinationErrorCode;

  constructor(code: OriginalDestinationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h: the same number at two levels. */
const SO_ORIGINAL_DST = 80;
const SOL_IP = 0;
const SOL_IPV6 = 41;
/** Of a sockaddr_in6, the longer of the two. */
const MAX_ADDRESS_BYTES = 28;
/** What the call says where no connection is tracked: no entry of it, or no tracking in this kernel at all. */
const NOT_TRACKED: ReadonlySet<string> = new Set(['ENOENT', 'ENOPROTOOPT', 'EOPNOTSUPP']);

/** `getsockopt` as this file needs it: the number of bytes written to `value`. Throws an Error with `code`. */
export type GetSocketOption = (query: SocketOptionQuery) => number;

export interface SocketOptionQuery {
  readonly descriptor: number;
  readonly level: number;
  readonly name: number;
  readonly value: Buffer;
}

/** Throws OriginalDestinationError `unsupported` off Linux, and without the native module. */
export async function loadOriginalDestination(): Promise<ReadOriginalDestination> {
  if (process.platform !== 'linux') {
    throw new OriginalDestinationError(
      'unsupported',
      `connections cannot be intercepted on ${process.platform}, only on Linux: start the application with \`weir run\` instead`,
    );
  }
  try {
    const { default: koffi } = await import('koffi');
    return createOriginalDestination(loadGetSocketOption(koffi));
  } catch (cause) {
    const message = 'connections cannot be intercepted: the native module koffi does not load here';
    throw new OriginalDestinationError('unsupported', message, { cause });
  }
}

export function createOriginalDestination(getOption: GetSocketOption): ReadOriginalDestination {
  return socket => {
    const descriptor = descriptorOf(socket);
    const { localAddress, localPort } = socket;
    if (descriptor === undefined || localAddress === undefined || localPort === undefined) {
      throw new OriginalDestinationError('gone', 'the connection is closed: where it was going can no longer be asked');
    }
    // A listener of both families has IPv4 peers on sockets of IPv6.
    const local: AddressAndPort = { address: plainAddress(localAddress), port: localPort };
    const { address, port } = ask(getOption, descriptor, local);
    return { address, port, isListener: address === local.address && port === local.port };
  };
}

function ask(getOption: GetSocketOption, descriptor: number, local: AddressAndPort): AddressAndPort {
  const value = Buffer.alloc(MAX_ADDRESS_BYTES);
  const level = isIPv4(local.address) ? SOL_IP : SOL_IPV6;
  const length = read(() => getOption({ descriptor, level, name: SO_ORIGINAL_DST, value }), local);
  const destination = parseSocketAddress(value.subarray(0, length));
  if (destination === undefined) {
    const bytes = value.subarray(0, length).toString('hex');
    throw new OriginalDestinationError('failed', `the kernel's answer is no IP address: ${bytes}`);
  }
  return destination;
}

function read(call: () => number, { address, port }: AddressAndPort): number {
  try {
    return call();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const what = `a connection to ${hostPort(address, port)} has no original destination`;
    if (!NOT_TRACKED.has(code)) {
      throw new OriginalDestinationError('failed', `${what}: getsockopt failed with ${code}`, { cause });
    }
    const message = `${what}: no rules redirect in this network namespace; run \`weir intercept\` in it`;
    throw new OriginalDestinationError('unknown', message, { cause });
  }
}

function loadGetSocketOption(koffi: typeof koffiModule): GetSocketOption {
  // The C library that this process has loaded already.
  const signature = 'int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ unsigned int *size)';
  const call: (...values: readonly unknown[]) => number = koffi.load(null).func(signature);
  return ({ descriptor, level, name, value }) => {
    const size = [value.length];
    if (call(descriptor, level, name, value, size) === 0) return size[0] ?? 0;
    const code = getSystemErrorName(-koffi.errno());
    throw Object.assign(new Error(`getsockopt failed with ${code}`), { code });
  };
}
