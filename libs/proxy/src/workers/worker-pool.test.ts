// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import type { Backend, Resource, Split, Transaction } from '@weir/policy/snapshot';
import { waitFor } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSettings } from '../engine/settings.ts';
import type { OpenPort } from '../listen/open-port.ts';
import { WorkerPool } from './worker-pool.ts';
import type { WorkerEnd } from './worker-slot.ts';

/**
 * A worker that carries no traffic: it remembers what it was given and says so in the place of its metrics, applies one update at a
 * time when told by a backend's label, and dies of a backend named `poison`.
 */
const SCRIPT = `
import { parentPort, workerData } from 'node:worker_threads';
const seen = { isAsked: 0, applied: [], ports: [], init: workerData.index };
const has = (update, label) => update.transaction.upserts.some(resource => resource.label === label);
const handlers = {
  async apply({ update }) {
    if (has(update, 'poison')) throw new Error('poisoned');
    if (has(update, 'slow')) await new Promise(resolve => setTimeout(resolve, 150));
    if (has(update, 'crash')) process.exit(7);
    const { version, upserts, removes } = update.transaction;
    seen.applied.push({ version, upserts: upserts.map(({ name }) => name).sort(), removes, slots: update.slots });
    return has(update, 'refused') ? [{ resource: 'backend/refused', reason: 'because' }] : [];
  },
  async listen({ port, descriptor }) {
    seen.ports.push([port, descriptor]);
    if (port === 'port/bad') throw Object.assign(new Error('no'), { code: 'EADDRINUSE' });
    return null;
  },
  async unlisten({ port }) {
    seen.ports = seen.ports.filter(([name]) => name !== port);
    return null;
  },
  async drain() { return null; },
  async splitReport() {
    if (seen.applied.at(-1).removes.length > 0) return seen.isAsked++ === 0 ? { counts: [], states: [] } : null;
    const counts = { rollout: 'ns/a', step: '1', backend: 'a', route: '', revision: 'new' };
    return { counts: [{ ...counts, succeeded: 1, failed: 0, statuses: [0, 1, 0, 0, 0], latencies: [[3, 1]] }], states: [] };
  },
  async report() { return { metrics: [], connectionCount: 0, acceptedCount: 0, seen }; },
};
parentPort.on('message', ({ id, kind, body }) => {
  handlers[kind](body).then(
    answer => parentPort.postMessage({ id, answer }),
    error => parentPort.postMessage({ id, failure: { message: error.message, code: error.code ?? '' } }),
  );
});`;

interface Seen {
  readonly applied: readonly {
    readonly version: number;
    readonly upserts: readonly string[];
    readonly removes: readonly string[];
    readonly slots: readonly (readonly [string, number])[];
  }[];
  readonly ports: readonly (readonly [string, number])[];
}

const pools: WorkerPool[] = [];
const ends: WorkerEnd[] = [];

afterEach(async () => {
  await Promise.all(pools.splice(0).map(pool => pool.stop(0)));
  ends.length = 0;
});

function createPool(workerCount = 2): WorkerPool {
  const pool = new WorkerPool({
    workerCount,
    clock: systemClock,
    settings: defaultSettings,
    accessLog: { format: 'off', hasColour: false, descriptor: 1 },
    onWorkerEnded: end => ends.push(end),
    onOverload: () => undefined,
    workerFile: new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`),
  });
  pools.push(pool);
  return pool;
}

function backend(label: string, ...ports: readonly number[]): Backend {
  return {
    kind: 'backend',
    name: `backend/${label}`,
    label,
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'leastRequest',
    connectTimeoutMs: 1000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: ports.map(port => ({ address: '127.0.0.1', port })),
  };
}

function transaction(version: number, upserts: readonly Resource[], removes: readonly string[] = []): Transaction {
  return { version, upserts, removes };
}

/** A port whose descriptors are numbered by how often they were asked for. */
function scriptedPort(): OpenPort {
  let asked = 0;
  return {
    address: '127.0.0.1',
    port: 8080,
    descriptorFor: slot => slot * 100 + asked++,
    closeSockets: () => undefined,
    close: () => Promise.resolve(),
  };
}

async function seenBy(pool: WorkerPool): Promise<readonly (Seen | undefined)[]> {
  const views = await pool.views();
  return views.map(({ report }) => (report !== undefined && 'seen' in report ? (report.seen as Seen) : undefined));
}

describe('the worker pool', () => {
  it('gives every worker the whole state before the ports', async () => {
    const pool = createPool();
    void pool.push(transaction(1, [backend('a', 1)]));
    await pool.listen('port/8080', scriptedPort());
    expect(pool.isComplete).toBe(false);
    await pool.start();
    expect(pool.isComplete).toBe(true);
    for (const seen of await seenBy(pool)) {
      expect(seen?.applied).toStrictEqual([{ version: 1, upserts: ['backend/a'], removes: [], slots: [['127.0.0.1:1', 0]] }]);
      expect(seen?.ports.map(([name]) => name)).toStrictEqual(['port/8080']);
    }
  });

  it('resolves a push when all workers serve it, with what they refused', async () => {
    const pool = createPool();
    await pool.start();
    expect(await pool.push(transaction(1, [backend('a')]))).toStrictEqual([]);
    const rejections = await pool.push(transaction(2, [backend('refused')]));
    expect(rejections).toStrictEqual([{ resource: 'backend/refused', reason: 'because' }]);
    expect(await pool.push(transaction(3, [], ['backend/refused']))).toStrictEqual([]);
  });

  it('merges what comes while a worker is busy into one update', async () => {
    const pool = createPool(1);
    await pool.start();
    const pushes = [
      pool.push(transaction(1, [backend('slow', 1)])),
      pool.push(transaction(2, [backend('a', 2)])),
      pool.push(transaction(3, [backend('b', 3)])),
      pool.push(transaction(4, [backend('b', 4)], ['backend/a'])),
    ];
    await Promise.all(pushes);
    const [seen] = await seenBy(pool);
    expect(seen?.applied.slice(1).map(({ version, upserts, removes }) => ({ version, upserts, removes }))).toStrictEqual([
      { version: 1, upserts: ['backend/slow'], removes: [] },
      { version: 4, upserts: ['backend/b'], removes: ['backend/a'] },
    ]);
  });

  it('gives each endpoint the same slot for all backends, and frees it with the last', async () => {
    const pool = createPool(1);
    await pool.start();
    await pool.push(transaction(1, [backend('a', 1, 2), backend('b', 2)]));
    await pool.push(transaction(2, [backend('a', 1)], ['backend/b']));
    await pool.push(transaction(3, [backend('c', 3)]));
    const [seen] = await seenBy(pool);
    expect(seen?.applied.slice(1).map(({ slots }) => slots)).toStrictEqual([
      [
        ['127.0.0.1:1', 0],
        ['127.0.0.1:2', 1],
      ],
      [],
      [['127.0.0.1:3', 1]],
    ]);
  });

  it('replaces a worker that died with one that has the whole state and a descriptor of its own', async () => {
    const pool = createPool();
    void pool.push(transaction(1, [backend('a', 1)]));
    await pool.listen('port/8080', scriptedPort());
    await pool.start();
    await pool.terminate(1);
    await waitFor(() => pool.isComplete, { what: 'the replacement to serve' });
    const [first, second] = await seenBy(pool);
    expect(second?.applied.map(({ upserts }) => upserts)).toStrictEqual([['backend/a']]);
    expect(first?.ports).not.toStrictEqual(second?.ports);
    expect(pool.restartCount).toBe(1);
    expect(ends).toMatchObject([{ slot: 1, restartDelayMs: 0, shortLives: 1 }]);
  });

  it('replaces a worker that could not apply an update, and says why', async () => {
    const pool = createPool(1);
    await pool.start();
    void pool.push(transaction(1, [backend('crash')]));
    await waitFor(() => ends.length > 1, { what: 'the crash loop' });
    expect(ends[0]?.reason).toBe('the thread ended with code 7');
    expect(ends[1]?.restartDelayMs).toBe(100);
    await pool.push(transaction(2, [], ['backend/crash']));
    expect(pool.isComplete).toBe(true);
  });

  it('puts a fresh worker in place of one that serves, which hears of changes meanwhile', async () => {
    const pool = createPool(1);
    await pool.start();
    await pool.push(transaction(1, [backend('slow', 1)]));
    const replaced = pool.replace(0, 1000);
    const pushed = pool.push(transaction(2, [backend('a')]));
    expect(await replaced).toBe(true);
    await pushed;
    await waitFor(() => pool.isComplete, { what: 'the fresh worker to serve version 2' });
    const [seen] = await seenBy(pool);
    expect(seen?.applied.map(({ version }) => version)).toStrictEqual([1, 2]);
    expect(ends).toStrictEqual([]);
  });

  it('replaces one worker after the other when asked for all at once', async () => {
    const pool = createPool(2);
    await pool.start();
    const results = await Promise.all([pool.replace(0, 1000), pool.replace(1, 1000), pool.replace(0, 1000)]);
    expect(results).toStrictEqual([true, true, true]);
    expect(pool.isComplete).toBe(true);
  });

  it('adds up what all workers have counted of revisions, and asks nobody where there are none', async () => {
    const pool = createPool(2);
    await pool.start();
    await pool.push(transaction(1, [backend('a', 1)]));
    expect(await pool.splitReport()).toBeUndefined();
    const split: Split = {
      ...{ rollout: 'ns/a', step: '1', candidateShare: 0, mirrorShare: 0, assignment: undefined, matches: [] },
      ...{ fuse: undefined, stable: { revision: 'old', endpoints: [] }, candidate: { revision: 'new', endpoints: [] } },
    };
    await pool.push(transaction(2, [{ ...backend('a', 1), split }]));
    expect((await pool.splitReport())?.counts).toMatchObject([{ succeeded: 2, latencies: [[3, 2]] }]);
    await pool.push(transaction(3, [], ['backend/a']));
    // Requests that the split has sent may be in flight yet.
    expect(await pool.splitReport()).toEqual({ counts: [], states: [] });
    expect(await pool.splitReport()).toBeUndefined();
  });

  it('takes a port back where a worker cannot listen', async () => {
    const pool = createPool();
    await pool.start();
    await expect(pool.listen('port/bad', scriptedPort())).rejects.toMatchObject({ code: 'EADDRINUSE' });
    for (const seen of await seenBy(pool)) expect(seen?.ports).toStrictEqual([]);
  });

  it('stops accepting on a port that is gone', async () => {
    const pool = createPool();
    await pool.start();
    await pool.listen('port/8080', scriptedPort());
    await pool.unlisten('port/8080', 1000);
    for (const seen of await seenBy(pool)) expect(seen?.ports).toStrictEqual([]);
  });
});
