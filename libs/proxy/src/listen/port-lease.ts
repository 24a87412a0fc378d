// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { LeaseHeldError, leaseOwnerFromLine } from './lease-owner.ts';
import type { LeaseOwner } from './lease-owner.ts';
import { overlaps } from './socket-address.ts';

/** The right of one process to an address and port. */
export interface PortLease {
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly address: string;
  readonly port: number;
  /** Absent = TCP. */
  readonly transport?: 'udp';
  readonly owner: LeaseOwner;
}

const PREFIX = 'weir/port/';
const ANSWER_TIMEOUT_MS = 500;

/**
 * Takes an address and port for this process. SO_REUSEPORT would let a second process of the same user take half of the
 * connections in silence; this refuses it and can name the owner. A wildcard address conflicts with each address of its family, `::` with all.
 *
 * The lease is an abstract Unix socket: the kernel frees it with the process, however that ends, and it is as local to
 * a network namespace as the port is. Throws LeaseHeldError.
 */
export async function acquireSocketLease(request: LeaseRequest): Promise<PortLease> {
  const { address, port, owner } = request;
  const name = `${PREFIX}${address}/${port}${suffixOf(request)}`;
  const server = await listenAbstract(name, `${JSON.stringify(owner)}\n`);
  const closed = once(server, 'close');
  const release = async (): Promise<void> => {
    server.close();
    await closed;
  };
  for (const other of await conflictingNames(request)) {
    const holder = await askHolder(other);
    // Leases of one process never conflict: which of its listeners may share a port is for the compiler to say.
    if (holder === 'gone' || holder?.pid === owner.pid) continue;
    await release();
    throw new LeaseHeldError(other, holder);
  }
  return { release };
}

async function listenAbstract(name: string, line: string): Promise<Server> {
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy());
    socket.end(line);
  });
  server.listen(`\0${name}`).unref();
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (!isCode(error, 'EADDRINUSE')) throw error;
    const holder = await askHolder(name);
    throw new LeaseHeldError(name, holder === 'gone' ? undefined : holder);
  }
}

/** Other leases, of any process, that want the same connections. */
async function conflictingNames(request: LeaseRequest): Promise<readonly string[]> {
  const { address, port } = request;
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => '');
  const names = new Set(table.split('\n').map(line => line.slice(line.lastIndexOf(' ') + 1)));
  const found: string[] = [];
  for (const entry of names) {
    if (!entry.startsWith(`@${PREFIX}`)) continue;
    const [otherAddress = '', ...rest] = entry.slice(1 + PREFIX.length).split('/');
    const isSamePort = rest.join('/') === `${port}${suffixOf(request)}`;
    if (otherAddress !== address && isSamePort && overlaps(address, otherAddress)) found.push(entry.slice(1));
  }
  return found;
}

/** TCP and UDP ports of one number have nothing to do with each other. */
function suffixOf({ transport }: LeaseRequest): string {
  return transport === undefined ? '' : `/${transport}`;
}

/** Reads the one line that a lease speaks; `gone` when nobody holds it any more. */
async function askHolder(name: string): Promise<LeaseOwner | undefined | 'gone'> {
  const socket = connect(`\0${name}`).setEncoding('utf8').setTimeout(ANSWER_TIMEOUT_MS);
  socket.on('timeout', () => socket.destroy());
  let text = '';
  try {
    for await (const part of socket) text += String(part);
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED')) return 'gone';
  }
  return leaseOwnerFromLine(text);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
