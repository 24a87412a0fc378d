// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';
import { Reflector } from './reflector.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

const SERVICES = { group: '', version: 'v1', kind: 'Service', plural: 'services', isNamespaced: true };
/** Longer than any pause between attempts. */
const LONG_MS = 60_000;

/** A reflector, and what its owner knows. */
function follow(cluster: ScriptedCluster, resource: ApiResource = SERVICES) {
  const clock = createManualClock();
  const known = new Map<string, ClusterObject>();
  const said: string[] = [];
  const reflector = new Reflector(
    resource,
    { reader: cluster, clock, random: createScriptedRandom() },
    {
      onListed: objects => {
        known.clear();
        for (const object of objects) known.set(object.metadata.name, object);
        said.push(`listed ${objects.length}`);
      },
      onChanged: object => void known.set(object.metadata.name, object),
      onRemoved: object => void known.delete(object.metadata.name),
      onBookmark: () => undefined,
      onTrouble: reason => void said.push(`trouble: ${reason}`),
      onRecovered: () => void said.push('recovered'),
    },
  );
  const done = reflector.run();
  /** Lets everything come to rest that does not wait for the clock. */
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 40; turn++) await Promise.resolve();
  };
  const pass = async (ms = LONG_MS): Promise<void> => {
    await rest();
    clock.advance(ms);
    await rest();
  };
  const stop = (): Promise<void> => {
    reflector.stop();
    return done;
  };
  return { clock, said, rest, pass, names: () => [...known.keys()].sort(), stop };
}

describe('a kind that is followed', () => {
  it('is listed in pages, and watched from there', async () => {
    const cluster = new ScriptedCluster(2);
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.put(name);
    const { names, rest, said } = follow(cluster);
    await rest();
    cluster.put('f');
    cluster.remove('b');
    expect([said, names()]).toEqual([['listed 5'], ['a', 'c', 'd', 'e', 'f']]);
  });

  it('is asked for in pages as large as its objects allow', async () => {
    const limits = async (pageSize?: number): Promise<readonly number[]> => {
      const cluster = new ScriptedCluster(1);
      for (const name of ['a', 'b']) cluster.put(name);
      const { rest } = follow(cluster, { ...SERVICES, ...(pageSize === undefined ? {} : { pageSize }) });
      await rest();
      return cluster.limits;
    };
    expect([await limits(25), await limits()]).toEqual([
      [25, 25],
      [500, 500],
    ]);
  });

  it('is gone on with from the last bookmark when a watch ends, and not listed again', async () => {
    const cluster = new ScriptedCluster();
    cluster.put('a');
    const { names, pass, rest } = follow(cluster);
    await rest();
    cluster.bookmark(10);
    cluster.compact();
    cluster.endWatches();
    await pass();
    cluster.put('b');
    expect([cluster.listCount, names()]).toEqual([1, ['a', 'b']]);
  });

  it('is listed again where the API server has forgotten that place: what went meanwhile is gone', async () => {
    const cluster = new ScriptedCluster();
    cluster.put('a');
    cluster.put('b');
    const { names, pass, rest } = follow(cluster);
    await rest();
    cluster.endWatches(new Error('the connection broke off'));
    cluster.remove('a');
    cluster.compact();
    await pass();
    await pass();
    expect([cluster.listCount, names()]).toEqual([2, ['b']]);
  });

  it('keeps what was known while it cannot be followed, and says why once', async () => {
    const cluster = new ScriptedCluster();
    cluster.put('a');
    const { names, pass, rest, said } = follow(cluster);
    await rest();
    cluster.failure = new ApiError(403, { reason: 'Forbidden', message: 'services is forbidden' });
    cluster.endWatches(cluster.failure);
    for (let attempt = 0; attempt < 5; attempt++) await pass();
    expect([said, names()]).toEqual([['listed 1', 'trouble: services is forbidden'], ['a']]);
    cluster.failure = undefined;
    cluster.put('b');
    await pass();
    expect([said.at(-1), names()]).toEqual(['recovered', ['a', 'b']]);
  });

  it('is followed again soon after an API server that was not reached for minutes is back', async () => {
    const cluster = new ScriptedCluster();
    const { names, pass, rest } = follow(cluster);
    await rest();
    cluster.failure = new Error('connect ECONNREFUSED 10.96.0.1:443');
    cluster.endWatches(cluster.failure);
    for (let attempt = 0; attempt < 20; attempt++) await pass();
    cluster.failure = undefined;
    cluster.put('a');
    await pass(3_000);
    expect(names()).toEqual(['a']);
  });

  it('stays as it was while an API server does not know it for a moment, and is gone when that lasts', async () => {
    const cluster = new ScriptedCluster();
    cluster.put('a');
    const { clock, names, pass, rest, said } = follow(cluster);
    await rest();
    cluster.failure = new ApiError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' });
    cluster.compact();
    cluster.endWatches();
    for (let passedMs = 0; passedMs < 50_000; passedMs += 1000) await pass(1000);
    expect([names(), said.at(-1)]).toEqual([['a'], 'trouble: the server could not find the requested resource']);
    cluster.failure = undefined;
    await pass(LONG_MS);
    expect([names(), said.at(-1)]).toEqual([['a'], 'listed 1']);

    cluster.failure = new ApiError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' });
    cluster.compact();
    cluster.endWatches();
    const beganMs = clock.nowMs();
    while (names().length > 0) await pass(1000);
    expect(clock.nowMs() - beganMs).toBeGreaterThan(59_000);
    expect(said.at(-1)).toBe('listed 0');
  });

  it('has no objects where it is not installed, and is found when it is', async () => {
    const cluster = new ScriptedCluster();
    cluster.failure = new ApiError(404, { reason: 'NotFound', message: 'the server could not find the requested resource' });
    const { names, pass, rest, said } = follow(cluster);
    await rest();
    expect(said).toEqual(['listed 0']);
    cluster.failure = undefined;
    cluster.put('a');
    await pass();
    expect(names()).toEqual(['a']);
  });

  it('leaves nothing running when it is not followed any more', async () => {
    const cluster = new ScriptedCluster();
    const { clock, rest, stop } = follow(cluster);
    await rest();
    await stop();
    expect([cluster.watchCount, clock.pendingTimerCount()]).toEqual([0, 0]);
  });

  it('is what the API server has in the end, whatever breaks on the way', async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('put' as const), name }),
      fc.record({ kind: fc.constant('remove' as const), name }),
      fc.record({
        kind: fc.constantFrom('bookmark' as const, 'compact' as const, 'break' as const, 'end' as const, 'wait' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async steps => {
        const cluster = new ScriptedCluster(1);
        const { names, pass, rest, stop } = follow(cluster);
        for (const one of steps) {
          if (one.kind === 'put') cluster.put(one.name);
          else if (one.kind === 'remove') cluster.remove(one.name);
          else if (one.kind === 'bookmark') cluster.bookmark();
          else if (one.kind === 'compact') cluster.compact();
          else if (one.kind === 'break') cluster.endWatches(new Error('broken'));
          else if (one.kind === 'end') cluster.endWatches();
          else await pass(100);
        }
        await rest();
        for (let i = 0; i < 4; i++) await pass();
        expect(names()).toEqual(cluster.names);
        await stop();
      }),
      { numRuns: 200 },
    );
  });
});
