// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv4 } from 'node:net';
import { hasIpv6, reasonWords } from '@weir/base';
import { acquireFileLease } from './file-lease.ts';
import { LeaseHeldError } from './lease-owner.ts';
import type { LeaseOwner } from './lease-owner.ts';
import { ListenError } from './listen-error.ts';
import { acquireSocketLease } from './port-lease.ts';
import type { PortLease } from './port-lease.ts';
import { findPortOwner } from './port-owner.ts';
import { hostPort, socketAddressFromText } from './socket-address.ts';
import type { SocketCalls } from './socket-calls.ts';

export interface PortAddress {
  /** IP address; `::` is every address of both families, unless it is of IPv6 alone. */
  readonly address: string;
  /** Somebody else may have IPv4 at this port. */
  readonly isIpv6Only?: true;
  readonly port: number;
  /** Absent = TCP: the two number their ports apart. */
  readonly transport?: 'udp';
}

/** An address and port that this process listens on. The main thread holds the sockets, so that no worker's end closes a queue. */
export interface OpenPort extends PortAddress {
  /** A new descriptor of the slot's socket, owned by the caller. Undefined: no shared sockets here, bind the address yourself. */
  descriptorFor(slot: number): number | undefined;
  /** Lets go of the sockets: each ends with the last descriptor that a worker still has of it, so that the worker decides when. */
  closeSockets(): void;
  /** Lets go of sockets and lease. */
  close(): Promise<void>;
}

export interface OpenPortOptions {
  /** Undefined: this system cannot share sockets between threads. */
  readonly calls: SocketCalls | undefined;
  /** One socket, with a queue of its own, for each. */
  readonly slotCount: number;
  readonly owner: LeaseOwner;
}

/** Takes the lease of an address and port, makes sure that nobody else listens there, and opens its sockets. Throws ListenError. */
export async function openPort(wanted: PortAddress, options: OpenPortOptions): Promise<OpenPort> {
  // A machine without IPv6 has no such sockets, and all of its addresses are of IPv4.
  const at = wanted.address === '::' && !hasIpv6() ? { ...wanted, address: '0.0.0.0' } : wanted;
  const lease = await acquireLease(at, options);
  try {
    const { calls } = options;
    const descriptors = calls === undefined ? await probeOf(at)(at) : bindAll(calls, at, options.slotCount);
    const closeSockets = (): void => {
      for (const descriptor of descriptors.splice(0)) calls?.close(descriptor);
    };
    return {
      ...at,
      descriptorFor: slot => {
        const descriptor = descriptors[slot];
        return descriptor === undefined ? undefined : calls?.duplicate(descriptor);
      },
      closeSockets,
      close: async () => {
        closeSockets();
        await lease.release();
      },
    };
  } catch (error) {
    await lease.release();
    throw await listenErrorFrom(error, at);
  }
}

/** Words for a failed bind or listen, also one that a worker reports by its code. */
export async function listenErrorFrom(error: unknown, at: PortAddress): Promise<ListenError> {
  const { address } = at;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const where = `cannot listen on ${nameOf(at)}`;
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return takenError(where, at, options);
    case 'EACCES':
      return new ListenError(
        'not-permitted',
        {
          message: `${where}: ports below 1024 need a permission that this user does not have`,
          hint: 'use a port from 1024 on, or grant it: setcap cap_net_bind_service=+ep on the node binary, or sysctl net.ipv4.ip_unprivileged_port_start',
        },
        options,
      );
    case 'EADDRNOTAVAIL':
      return new ListenError(
        'no-such-address',
        {
          message: `${where}: no network interface of this machine has the address ${address}`,
          hint: 'use 127.0.0.1 for this machine only, 0.0.0.0 for all interfaces, or an address that `ip addr` lists',
        },
        options,
      );
    default:
      return new ListenError(
        'failed',
        {
          message: `${where}: ${reasonWords(error)}`,
          hint: 'choose another address or port',
        },
        options,
      );
  }
}

async function acquireLease(at: PortAddress, { owner }: OpenPortOptions): Promise<PortLease> {
  try {
    const request = { ...at, owner };
    return await (process.platform === 'linux' ? acquireSocketLease(request) : acquireFileLease(request));
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw await listenErrorFrom(error, at);
    const { holder } = error;
    const who =
      holder === undefined
        ? 'a process that does not say who it is holds its lease'
        : `another Weir serves it (process ${holder.pid}, up since ${holder.startedAt}, directory ${holder.directory})`;
    throw new ListenError(
      'taken',
      {
        message: `cannot listen on ${nameOf(at)}: ${who}`,
        hint: 'stop that one first, or give the listener another port or address (--bind ADDRESS)',
      },
      { cause: error },
    );
  }
}

async function takenError(where: string, at: PortAddress, options: ErrorOptions): Promise<ListenError> {
  const owner = await findPortOwner(at);
  const who =
    owner === undefined
      ? 'another process listens there (this user may not see which)'
      : `process ${owner.pid} listens there (${owner.command})`;
  const hint = 'stop that process, or give the listener another port or address (--bind ADDRESS)';
  return new ListenError('taken', { message: `${where}: ${who}`, hint }, options);
}

/** `127.0.0.1:80`, `127.0.0.1:53 (UDP)`. */
function nameOf({ address, port, transport }: PortAddress): string {
  return transport === undefined ? hostPort(address, port) : `${hostPort(address, port)} (UDP)`;
}

function probeOf({ transport }: PortAddress): (at: PortAddress) => Promise<number[]> {
  return transport === undefined ? probe : probeDatagrams;
}

async function probeDatagrams({ address, port }: PortAddress): Promise<number[]> {
  const socket = createSocket(isIPv4(address) ? 'udp4' : 'udp6').bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  socket.close();
  await once(socket, 'close');
  return [];
}

/** Where workers bind for themselves: fails here, in words, instead of there. */
async function probe({ address, port }: PortAddress): Promise<number[]> {
  const server = createServer().listen({ host: address, port, exclusive: true });
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
  return [];
}

function bindAll(calls: SocketCalls, at: PortAddress, slotCount: number): number[] {
  const address = socketAddressFromText(at.address, at.port);
  // Without SO_REUSEPORT this fails where anybody listens, also one who would let us share.
  const type = at.transport ?? 'tcp';
  const isDual = at.address === '::' && at.isIpv6Only !== true;
  calls.close(calls.bind(address, { type, isDual, isShared: false }));
  const descriptors: number[] = [];
  try {
    for (let slot = 0; slot < slotCount; slot++) descriptors.push(calls.bind(address, { type, isDual, isShared: true }));
    // All are bound before one listens: a failure in between must not have taken connections.
    if (type === 'tcp') for (const descriptor of descriptors) calls.listen(descriptor);
    return descriptors;
  } catch (error) {
    for (const descriptor of descriptors) calls.close(descriptor);
    throw error;
  }
}
