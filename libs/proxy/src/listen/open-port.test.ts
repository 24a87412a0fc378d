// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { hasIpv6 } from '@weir/base';
import { Child, findFreePorts, waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ListenError } from './listen-error.ts';
import { openPort } from './open-port.ts';
import type { OpenPort } from './open-port.ts';
import { loadSocketCalls } from './socket-calls.ts';

const owner = { pid: process.pid, directory: '/etc/weir', startedAt: '2026-01-02T03:04:05.000Z' };
const calls = await loadSocketCalls();
const isLinux = process.platform === 'linux';

async function freePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1);
  return port;
}

async function open(port: number, address = '127.0.0.1', slotCount = 1): Promise<OpenPort> {
  return openPort({ address, port }, { calls, slotCount, owner });
}

async function failureOf(opening: Promise<OpenPort>): Promise<ListenError> {
  try {
    await (await opening).close();
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
  throw new Error('the port was opened');
}

async function answering(descriptor: number | undefined, line: string): Promise<Server> {
  const server = createServer(socket => socket.end(line));
  server.listen({ fd: descriptor! });
  await once(server, 'listening');
  return server;
}

async function ask(port: number, host = '127.0.0.1'): Promise<string> {
  const socket = connect({ port, host }).setEncoding('utf8');
  let text = '';
  for await (const part of socket) text += String(part);
  return text;
}

describe.runIf(isLinux)('an open port', () => {
  it('keeps a connection waiting for a replacement when the worker that listened is gone', async () => {
    const port = await freePort();
    const opened = await open(port);
    const first = await answering(opened.descriptorFor(0), 'first');
    expect(await ask(port)).toBe('first');
    first.close();
    await once(first, 'close');
    const waiting = ask(port);
    const second = await answering(opened.descriptorFor(0), 'second');
    expect(await waiting).toBe('second');
    second.close();
    await opened.close();
    await expect(ask(port)).rejects.toThrow('ECONNREFUSED');
  });

  it.skipIf(!hasIpv6())('takes both families at :: (skipped where there is no IPv6)', async () => {
    const port = await freePort();
    const opened = await open(port, '::');
    const server = await answering(opened.descriptorFor(0), 'both');
    expect([await ask(port), await ask(port, '::1')]).toEqual(['both', 'both']);
    await expect(open(port, '127.0.0.1')).rejects.toThrow('cannot listen on 127.0.0.1');
    server.close();
    await opened.close();
  });

  it.skipIf(!hasIpv6())('leaves IPv4 to another one where it is of IPv6 alone (skipped where there is no IPv6)', async () => {
    const port = await freePort();
    const [four, six] = [
      await open(port, '0.0.0.0'),
      await openPort({ address: '::', port, isIpv6Only: true }, { calls, slotCount: 1, owner }),
    ];
    const servers = [await answering(four.descriptorFor(0), 'four'), await answering(six.descriptorFor(0), 'six')];
    expect([await ask(port), await ask(port, '::1')]).toEqual(['four', 'six']);
    for (const server of servers) server.close();
    await four.close();
    await six.close();
  });

  it('has a queue for each slot', async () => {
    const port = await freePort();
    const opened = await open(port, '127.0.0.1', 2);
    const servers = [await answering(opened.descriptorFor(0), 'a'), await answering(opened.descriptorFor(1), 'b')];
    const seen = new Set<string>();
    await waitFor(async () => seen.add(await ask(port)).size === 2, { what: 'answers of both slots' });
    for (const server of servers) server.close();
    await opened.close();
  });

  it('can be opened again once it is closed', async () => {
    const port = await freePort();
    await (await open(port)).close();
    await (await open(port)).close();
  });

  it('serves IPv6 addresses', async () => {
    const port = await freePort();
    const opened = await open(port, '::1');
    const server = await answering(opened.descriptorFor(0), 'six');
    expect(await ask(port, '::1')).toBe('six');
    server.close();
    await opened.close();
  });
});

describe('a port that cannot be opened', () => {
  it('names the process that holds it', async () => {
    const port = await freePort();
    const foreign = createServer().listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    const error = await failureOf(open(port));
    expect(error.code).toBe('taken');
    expect(error.message).toContain(`cannot listen on 127.0.0.1:${port}: process ${process.pid} listens there (`);
    expect(error.hint).toBe('stop that process, or give the listener another port or address (--bind ADDRESS)');
    foreign.close();
  });

  it('is found taken also where the other process would share it', async () => {
    const port = await freePort();
    const foreign = createServer().listen({ port, host: '127.0.0.1', reusePort: true });
    await once(foreign, 'listening');
    expect((await failureOf(open(port))).code).toBe('taken');
    foreign.close();
  });

  it('names the other Weir, its directory and its start, also when that one listens on all addresses', async () => {
    const port = await freePort();
    await using other = await leaseInAnotherProcess('0.0.0.0', port);
    const error = await failureOf(open(port));
    expect(error.code).toBe('taken');
    expect(error.message).toBe(
      `cannot listen on 127.0.0.1:${port}: another Weir serves it (process ${other.pid}, up since 2026-05-06T07:08:09.000Z, directory /srv/shop)`,
    );
  });

  it('is free as soon as the other Weir was killed', async () => {
    const port = await freePort();
    const other = await leaseInAnotherProcess('127.0.0.1', port);
    expect((await failureOf(open(port))).code).toBe('taken');
    await other[Symbol.asyncDispose]();
    await (await open(port)).close();
  });

  it('is found taken also where sockets cannot be shared', async () => {
    const port = await freePort();
    const foreign = createServer().listen(port, '127.0.0.1');
    await once(foreign, 'listening');
    const opening = openPort({ address: '127.0.0.1', port }, { calls: undefined, slotCount: 1, owner });
    expect((await failureOf(opening)).code).toBe('taken');
    foreign.close();
  });

  it('says so when the machine does not have the address', async () => {
    const error = await failureOf(open(await freePort(), '192.0.2.1'));
    expect(error.code).toBe('no-such-address');
    expect(error.message).toContain('no network interface of this machine has the address 192.0.2.1');
  });
});

/** A process that holds nothing but the lease. */
async function leaseInAnotherProcess(address: string, port: number): Promise<Child> {
  const lease = new URL('./port-lease.ts', import.meta.url).href;
  const script = `
    const { acquireSocketLease } = await import('${lease}');
    const owner = { pid: process.pid, directory: '/srv/shop', startedAt: '2026-05-06T07:08:09.000Z' };
    await acquireSocketLease({ address: '${address}', port: ${port}, owner });
    process.stderr.write('held');
    process.stdin.resume();
    setInterval(() => undefined, 1000);`;
  const child = new Child([process.execPath, '--input-type=module', '-e', script]);
  await child.sees(/held/);
  return child;
}
