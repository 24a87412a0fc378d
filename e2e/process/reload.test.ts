// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { Child, requestText, startLoad, waitFor, writeDocument } from '@weir/testing';
import type { Load, LoadReport, RawClient, TestDocument } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forward, prefix, route } from './stage/documents.ts';
import { TRANSPORTS, openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

const RELOAD_COUNT = 200;
const CLIENT_COUNT = 8;

let stage: Stage;

/** The route under load; `revision` comes back in a header. */
function revision(number: number): TestDocument {
  const changes = { set: [{ name: 'X-Revision', value: String(number) }] };
  return route('all', [
    forward('/', 'main', { filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: changes }] }),
    {
      matches: [prefix('/moved')],
      filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '/' } } }],
    },
  ]);
}

beforeEach(async () => {
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [revision(0)],
    flags: ['--workers', '2', '--drain-delay', '500ms', '--drain-deadline', '10s'],
  });
});

afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Steady load that is known to flow. */
async function flowingLoad(transport: (typeof TRANSPORTS)[number], text = requestText('/')): Promise<Load> {
  const load = startLoad({ at: stage.at(transport), clientCount: CLIENT_COUNT, requestText: text });
  await waitFor(() => load.report.succeededCount > 200, { what: () => `load to flow\n${describeReport(load.report)}` });
  return load;
}

function describeReport({ failures, ...counts }: LoadReport): string {
  return JSON.stringify({ ...counts, failures: Object.fromEntries(failures) });
}

async function seesRevision(client: RawClient, number: number): Promise<void> {
  await waitFor(async () => (await client.exchange(requestText('/'))).header('x-revision') === String(number), {
    what: () => `revision ${number}\n${stage.weir.child.output}`,
  });
}

describe('reloads under load', () => {
  it(`lose nothing over ${RELOAD_COUNT} reloads, and keep every connection`, async () => {
    const loads = [await flowingLoad('http'), await flowingLoad('https')];
    await using observer = await stage.connect('http');

    for (let number = 1; number <= RELOAD_COUNT; number++) {
      await writeDocument(stage.weir.directory, revision(number));
      await seesRevision(observer, number);
    }

    for (const load of loads) {
      const report = await load.stop();
      expect(describeReport(report)).toContain('"failures":{}');
      expect(report).toMatchObject({ connectionCount: CLIENT_COUNT, resentCount: 0 });
    }
  });
});

describe('the end under load', () => {
  it.each(TRANSPORTS)('loses no request over %s: SIGTERM', async transport => {
    const load = await flowingLoad(transport);

    stage.weir.child.process.kill('SIGTERM');
    await waitFor(async () => !(await stage.weir.isReady()), { what: 'readiness to say no' });
    load.closeAdmission();
    await load.ended;

    expect(describeReport(load.report)).toContain('"failures":{}');
    expect(await stage.weir.child.exited).toEqual({ code: 0, signal: null });
  });
});

interface WorkerState {
  readonly index: number;
  readonly connectionCount: number;
}

async function workers(): Promise<readonly WorkerState[]> {
  return (await stage.weir.admin('GET', '/workers')).json() as readonly WorkerState[];
}

/** Idle connections, each of which has been used, and how many each worker holds. */
async function openConnections(count: number): Promise<readonly RawClient[]> {
  const clients: RawClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = await stage.connect('http');
    await client.exchange(requestText('/'));
    clients.push(client);
  }
  return clients;
}

describe('a worker', () => {
  it('that is killed is replaced, and takes only its own connections along', async () => {
    const clients = await openConnections(30);
    const held = (await workers()).find(({ index }) => index === 0)!.connectionCount;

    expect((await stage.weir.admin('POST', '/workers/0/terminate')).status).toBe(200);
    await waitFor(
      () => clients.filter(({ socket }) => socket.readableEnded || socket.destroyed || isOver(socket)).length >= held,
      {
        what: () => `the end of ${held} connections`,
      },
    );
    await waitFor(async () => (await workers()).length === 2, { what: () => `two workers\n${stage.weir.child.output}` });

    const answered = await Promise.allSettled(clients.map(client => client.exchange(requestText('/'))));
    expect(answered.filter(({ status }) => status === 'fulfilled')).toHaveLength(30 - held);
    const fresh = await openConnections(10);
    await Promise.all([...clients, ...fresh].map(client => client.close()));
  });

  it('that is drained for its replacement costs no request on long connections', async () => {
    const load = await flowingLoad('http');

    expect((await stage.weir.admin('POST', '/workers/0/replace')).status).toBe(200);
    const count = load.report.succeededCount;
    await waitFor(() => load.report.succeededCount > count + 500, { what: 'load to flow on' });

    expect(describeReport(await load.stop())).toContain('"failures":{}');
  });

  it('that is drained for its replacement refuses or resets no short connection', async () => {
    const load = await flowingLoad('http', requestText('/', { headers: { Connection: 'close' } }));

    for (const index of [0, 1]) {
      expect((await stage.weir.admin('POST', `/workers/${index}/replace`)).status).toBe(200);
      const count = load.report.succeededCount;
      await waitFor(() => load.report.succeededCount > count + 500, { what: 'load to flow on' });
    }

    expect(describeReport(await load.stop())).toContain('"failures":{}');
  });

  it.skipIf(spawnSync('wrk').error !== undefined)(
    'that is drained loses nothing of as many short connections as wrk (needed here) can open',
    async () => {
      await using wrk = new Child([
        'wrk',
        '-t1',
        '-c64',
        '-d4s',
        '-H',
        'Connection: close',
        `http://127.0.0.1:${stage.ports.http}/moved`,
      ]);
      for (const index of [0, 1]) {
        await answersUnderLoad();
        expect((await stage.weir.admin('POST', `/workers/${index}/replace`)).status).toBe(200);
      }

      await wrk.exited;

      expect(wrk.stdout).toMatch(/Requests\/sec/v);
      expect(wrk.stdout).not.toMatch(/Socket errors|Non-2xx/v);
    },
  );
});

async function answersUnderLoad(): Promise<void> {
  await waitFor(async () => (await stage.send('http', '/moved')).status === 302, { what: 'an answer under load' });
}

/** Whether the peer's end has arrived; an idle socket only learns it when it reads. */
function isOver(socket: RawClient['socket']): boolean {
  socket.read(0);
  return socket.readableEnded || socket.destroyed;
}
