// SPDX-License-Identifier: Apache-2.0
import { connectRaw, findFreePorts, startUpstream, startWeir, waitFor, writeDocument } from '@weir/testing';
import type { RawClient, TestDocument, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, gateway } from './stage/documents.ts';
import { liveEverywhere } from './stage/live-everywhere.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';

const LISTENERS = ['db', 'split', 'down', 'half-down', 'no-route', 'no-endpoint', 'no-service'] as const;
type ListenerName = (typeof LISTENERS)[number];

let upstreams: readonly Upstream[];
let weir: Weir;
let ports: ReadonlyMap<ListenerName, number>;

beforeAll(async () => {
  upstreams = await Promise.all(['one', 'two', 'three'].map(name => startUpstream(repeating(name))));
  const [closed = 0, ...free] = await findFreePorts(LISTENERS.length + 1);
  const [one = 0, two = 0, three = 0] = upstreams.map(({ port }) => port);
  ports = new Map(LISTENERS.map((name, index) => [name, free[index] ?? 0]));
  weir = await startWeir(
    [
      gateway(
        'edge',
        LISTENERS.map(name => ({ name, protocol: 'TCP', port: portOf(name) })),
      ),
      ...portService('one', [{ port: one }]),
      ...portService('two', [{ port: two }]),
      ...portService('three', [{ port: three }]),
      ...portService('down', [{ port: closed }]),
      ...portService('half-down', [{ port: closed }, { port: one }]),
      ...portService('nobody', []),
      dbRoute('one'),
      streamRoute('TCPRoute', 'split', {
        listener: 'split',
        backends: [backend('one', { weight: 3 }), backend('two', { weight: 1 }), backend('three', { weight: 0 })],
      }),
      streamRoute('TCPRoute', 'down', { listener: 'down', backends: [backend('down')] }),
      streamRoute('TCPRoute', 'half-down', { listener: 'half-down', backends: [backend('half-down')] }),
      streamRoute('TCPRoute', 'no-endpoint', { listener: 'no-endpoint', backends: [backend('nobody')] }),
      streamRoute('TCPRoute', 'no-service', { listener: 'no-service', backends: [backend('missing')] }),
    ],
    { flags: ['--drain-delay', '0', '--drain-deadline', '20s'] },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all(upstreams.map(upstream => upstream[Symbol.asyncDispose]()));
});

function portOf(name: ListenerName): number {
  return ports.get(name) ?? 0;
}

function dbRoute(to: string): TestDocument {
  return streamRoute('TCPRoute', 'db', { listener: 'db', backends: [backend(to)] });
}

/** A connection that its backend has greeted. */
async function openDb(): Promise<{ client: RawClient; name: string }> {
  const client = await connectRaw({ port: portOf('db') });
  const name = (await client.reader.readThrough(':')).toString().slice(0, -1);
  return { client, name };
}

/** What comes back of what is said. */
async function repeat(client: RawClient, text: string): Promise<string> {
  await client.send(text);
  return (await client.reader.readExactly(text.length)).toString();
}

async function moveDbTo(name: string): Promise<void> {
  await writeDocument(weir.directory, dbRoute(name));
  await liveEverywhere(weir, async () => (await converse({ port: portOf('db') }, '')) === `${name}:`);
}

describe('a TCPRoute', () => {
  it('carries bytes both ways, the backend speaking first, and the end of each side', async () => {
    expect(await converse({ port: portOf('db') }, 'hello')).toBe('one:hello');
  });

  it('shares connections by weight', async () => {
    const counts: Record<string, number> = {};
    // In turn, so that they are spread over few workers; each of these is exact over a cycle of four.
    for (let i = 0; i < 80; i++) {
      const name = (await converse({ port: portOf('split') }, '')).slice(0, -1);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({ one: expect.any(Number), two: expect.any(Number) });
    expect(Math.abs((counts['two'] ?? 0) - 20)).toBeLessThanOrEqual(2);
  });

  it('goes to an endpoint that lives where another one refuses', async () => {
    for (let i = 0; i < 6; i++) expect(await converse({ port: portOf('half-down') }, 'x')).toBe('one:x');
  });

  it.each(['down', 'no-endpoint', 'no-service', 'no-route'] as const)(
    'resets the connection, and does not end it as if it had been served: %s',
    async name => {
      await expect(converse({ port: portOf(name) }, 'x')).rejects.toThrow(/reset|ECONNRESET|EPIPE/v);
    },
  );

  it('leaves a line in the log, and counts', async () => {
    await converse({ port: portOf('db') }, 'counted');
    const record = await waitFor(() => weir.accessLog.find(({ bytes_received: received }) => received === 7), {
      what: () => `the line\n${weir.child.stdout}`,
    });
    expect(record).toMatchObject({ route: 'default/db', rule: '0', listener: 'default/edge/db', backend: 'default/one:80' });
    expect(await weir.metrics()).toMatch(/weir_stream\w*\{[^\}]*default\/edge\/db/v);
  });
});

describe('a TCPRoute that is changed', () => {
  it('sends new connections elsewhere at each of 20 reloads, and open ones stay where they are', async () => {
    const opened: { client: RawClient; name: string }[] = [await openDb()];
    for (let i = 0; i < 20; i++) {
      await moveDbTo(i % 2 === 0 ? 'two' : 'one');
      opened.push(await openDb());
    }
    expect(opened.map(({ name }) => name)).toEqual(opened.map((_, i) => (i % 2 === 0 ? 'one' : 'two')));
    for (const { client } of opened) expect(await repeat(client, 'still here')).toBe('still here');
    await Promise.all(opened.map(({ client }) => client.close()));
  });
});

describe('SIGTERM', () => {
  it('lets open connections go on until they end, and the process with the last', async () => {
    const { client } = await openDb();
    weir.child.process.kill('SIGTERM');
    await waitFor(async () => !(await weir.isReady()), { what: 'readiness to say no' });
    expect(await repeat(client, 'x'.repeat(100_000))).toHaveLength(100_000);
    expect(weir.child.isRunning).toBe(true);
    client.endWriting();
    expect(await client.readUntilClose()).toMatchObject({ bytes: Buffer.alloc(0), ending: 'end' });
    expect(await weir.child.exited).toEqual({ code: 0, signal: null });
  });
});
