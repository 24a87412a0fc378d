// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList, latencyBucket } from '@weir/base';
import type { FaultCode } from '@weir/base';
import type { Backend, FuseSpec } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { backendOf } from '../engine/sample-resources.ts';
import { mergeSplitReports } from './merge-split-reports.ts';
import { revisionOf, SharedMemory, splitBackendOf, SplitBench } from './split-bench.ts';

const ALL = 10_000;
const FUSE: FuseSpec = { errorPercent: 40, minimumRequests: 10, windowMs: 5_000 };
const STEP = { rollout: 'shop/catalogue', step: '1', backend: 'shop/catalogue:80' };
const PLACE = { ...STEP, route: 'HTTPRoute/shop/web' };

function benchOf(parts: Parameters<typeof splitBackendOf>[0], more: Partial<Backend> = {}) {
  const memory = new SharedMemory();
  const bench = new SplitBench(memory);
  bench.put(splitBackendOf(parts, more));
  return { bench, clock: memory.clock };
}

const headOf = (status: number) => ({ status, headers: new HeaderList(), contentLength: undefined });

describe('the counts of a revision', () => {
  it('are those of each attempt, by route, with classes of status and times to heads', () => {
    const { bench, clock } = benchOf({ candidateShare: ALL });
    for (const [status, latencyMs] of [
      [200, 12],
      [404, 12],
      [503, 300],
      [501, 0],
    ] as const) {
      bench.send();
      clock.advance(latencyMs);
      bench.upstream.last.handler.onHead(headOf(status));
      bench.upstream.last.handler.onEnd(undefined);
    }
    const latencies = [
      [0, 1],
      [latencyBucket(12), 2],
      [latencyBucket(300), 1],
    ];
    const counts = { ...PLACE, revision: 'new', succeeded: 3, failed: 1, statuses: [0, 1, 0, 1, 2], latencies };
    const states = [{ ...STEP, stableInFlight: 0, candidateInFlight: 0, blown: undefined }];
    expect(bench.report()).toEqual({ counts: [counts], states });
    expect(bench.report()).toEqual({ counts: [], states });
  });

  it.each<[string, FaultCode, number]>([
    ['a failed connection', 'upstream_connect_failed', 1],
    ['a reset', 'upstream_reset', 1],
    ['a timeout', 'upstream_timeout', 1],
    ['a client that is gone', 'client_closed', 0],
    ['a limit that refused it', 'backend_busy', 0],
  ])('judge %s as a circuit breaker does', (_what, code, failed) => {
    const { bench } = benchOf({ candidateShare: 0 });
    bench.send();
    bench.upstream.last.handler.onFault(new Fault(code, 'broken'));
    const { counts, states } = bench.report() ?? {};
    expect(counts?.reduce((sum, one) => sum + one.failed + one.succeeded, 0)).toBe(failed);
    expect(states).toMatchObject([{ stableInFlight: 0 }]);
  });

  it('judge attempts that a timeout of ours ends, and not those that a client breaks off', () => {
    const { bench } = benchOf({ candidateShare: 0 });
    bench.send().call.cancel();
    expect(bench.report()?.counts).toEqual([]);
    bench.send().call.cancel('late');
    expect(bench.report()?.counts).toMatchObject([{ revision: 'old', failed: 1 }]);
  });

  it('take a success back that was told before its answer broke off', () => {
    const { bench } = benchOf({ candidateShare: 0 });
    bench.send();
    const { handler } = bench.upstream.last;
    handler.onHead(headOf(200));
    expect(bench.report()?.counts).toMatchObject([{ succeeded: 1, failed: 0 }]);
    handler.onFault(new Fault('upstream_reset', 'gone'));
    expect(bench.report()?.counts).toMatchObject([{ succeeded: 0, failed: 1 }]);
    bench.answer(200);
    bench.answer(200);
    expect(bench.report()?.counts).toMatchObject([{ succeeded: 1, failed: 0 }]);
  });

  it('know what is in flight, of former steps too, and count its end where it began', () => {
    const { bench } = benchOf({ candidateShare: ALL });
    bench.send();
    const { handler } = bench.upstream.last;
    bench.put(splitBackendOf({ step: '2', candidateShare: ALL }));
    bench.send();
    bench.send().call.cancel();
    expect(bench.report()?.states).toMatchObject([{ step: '2', stableInFlight: 0, candidateInFlight: 2 }]);
    handler.onHead(headOf(200));
    handler.onEnd(undefined);
    const { counts, states } = bench.report() ?? {};
    expect(counts).toMatchObject([{ step: '1', succeeded: 1 }]);
    expect(states).toMatchObject([{ step: '2', candidateInFlight: 1 }]);
  });

  it('tell of a split that is gone until what it sent has ended', () => {
    const { bench } = benchOf({ candidateShare: 0 });
    bench.send();
    const { handler } = bench.upstream.last;
    expect(bench.report()?.states).toMatchObject([{ step: '1', stableInFlight: 1 }]);
    bench.put(backendOf('shop/catalogue/80', [1]));
    expect(bench.report()?.states).toMatchObject([{ step: '1', stableInFlight: 1 }]);
    handler.onHead(headOf(200));
    handler.onEnd(undefined);
    expect(bench.report()).toBeUndefined();
  });

  it('are none where nothing is divided', () => {
    const bench = new SplitBench();
    bench.put(backendOf('shop/catalogue/80', [1]));
    bench.answer(500);
    expect(bench.report()).toBeUndefined();
  });
});

describe('the fuse of a split', () => {
  const blow = (bench: SplitBench): void => {
    for (let i = 0; i < 6; i++) bench.answer(200);
    for (let i = 0; i < 4; i++) bench.answer(500);
  };

  it('takes the candidate out when enough of enough attempts have failed, and says what had happened', () => {
    const matches = [{ conditions: [{ by: 'header', name: 'x-beta', path: [], values: ['1'] } as const] }];
    const { bench } = benchOf({ candidateShare: ALL, fuse: FUSE, matches, mirrorShare: ALL });
    for (let i = 0; i < 6; i++) bench.answer(200);
    for (let i = 0; i < 3; i++) bench.answer(500);
    expect(bench.send().revision).toBe('new');
    bench.upstream.last.handler.onHead(headOf(500));
    expect(bench.report()?.states).toMatchObject([{ blown: '4 of 10 attempts failed within 5 s' }]);
    const asked = bench.send({ request: { headers: HeaderList.of(['x-beta', '1']) } });
    expect([asked.revision, bench.copies.length]).toEqual(['old', 0]);
    expect(bench.reference.current?.forStream('10.0.0.1', '').revision).toBe('old');
  });

  it('sends what is left of the attempts of a request to stable', () => {
    const { bench } = benchOf({ candidateShare: ALL, fuse: FUSE });
    const { exchange } = bench.send();
    bench.upstream.last.handler.onHead(headOf(503));
    blow(bench);
    expect(bench.send(exchange).revision).toBe('old');
  });

  it('holds until a step gives the candidate nothing, however much time passes and whatever else does', () => {
    const { bench, clock } = benchOf({ candidateShare: ALL, fuse: FUSE });
    blow(bench);
    clock.advance(1_000_000);
    bench.put(splitBackendOf({ candidateShare: 5_000, fuse: FUSE, candidate: revisionOf('new', [11, 12]) }));
    expect(bench.countOfNew(100)).toBe(0);
    // Who decided upon this step had not heard of it yet.
    bench.put(splitBackendOf({ candidateShare: ALL, fuse: FUSE, step: '2' }));
    const words = '4 of 10 attempts failed within 5 s';
    expect([bench.countOfNew(10), bench.report()?.states]).toMatchObject([0, [{ step: '2', blown: words }]]);
    bench.put(splitBackendOf({ fuse: FUSE, step: '3' }));
    bench.put(splitBackendOf({ candidateShare: ALL, fuse: FUSE, step: '4' }));
    expect([bench.countOfNew(10), bench.report()?.states]).toMatchObject([10, [{ step: '4', blown: undefined }]]);
    blow(bench);
    expect(bench.send().revision).toBe('old');
  });

  it('forgets what has left its window, and failures of stable', () => {
    const { bench, clock } = benchOf({ candidateShare: ALL, fuse: FUSE });
    for (let i = 0; i < 3; i++) bench.answer(500);
    clock.advance(5_000);
    for (let i = 0; i < 7; i++) bench.answer(200);
    for (let i = 0; i < 3; i++) bench.answer(500);
    expect(bench.send().revision).toBe('new');
    const ofStable = benchOf({ candidateShare: 0, fuse: FUSE }).bench;
    for (let i = 0; i < 20; i++) ofStable.answer(500);
    expect(ofStable.report()?.states).toMatchObject([{ blown: undefined }]);
  });

  it('never blows while stable has no endpoints, and can again when it has', () => {
    const lonely = { candidateShare: ALL, fuse: FUSE, stable: revisionOf('old', []) };
    const { bench } = benchOf(lonely);
    blow(bench);
    expect([bench.send().revision, bench.report()?.states[0]?.blown]).toEqual(['new', undefined]);
    bench.put(splitBackendOf({ ...lonely, stable: revisionOf('old', [1]) }));
    blow(bench);
    expect(bench.send().revision).toBe('old');
  });

  it('counts copies', () => {
    const { bench } = benchOf({ mirrorShare: ALL, fuse: FUSE });
    for (let i = 0; i < 10; i++) {
      bench.send();
      const [copied] = bench.upstream.attempts.filter(({ exchange }) => exchange.served.revision === 'new').slice(-1);
      copied?.handler.onHead(headOf(500));
    }
    bench.send();
    expect([bench.copies.length, bench.report()?.states[0]?.blown]).toEqual([10, '10 of 10 attempts failed within 5 s']);
  });

  it('is one for all workers, and for all ways to call a port', () => {
    const memory = new SharedMemory();
    const [left, right, other] = [new SplitBench(memory, 0), new SplitBench(memory, 1), new SplitBench(memory, 0)];
    const backend = splitBackendOf({ candidateShare: ALL, fuse: FUSE });
    left.put(backend, right);
    const isNew = memory.slots.record({ ...backend, name: `${backend.name}@shop/policy` });
    expect(isNew).toEqual([]);
    for (let i = 0; i < 5; i++) {
      left.answer(500);
      right.answer(500);
    }
    expect([left.send().revision, right.send().revision]).toEqual(['old', 'old']);
    const merged = mergeSplitReports([left.report(), right.report(), other.report()]);
    expect(merged?.states).toMatchObject([{ stableInFlight: 2, blown: '10 of 10 attempts failed within 5 s' }]);
    expect(merged?.counts.find(({ revision }) => revision === 'new')).toMatchObject({ failed: 10, statuses: [0, 0, 0, 0, 10] });
  });
});

describe('reports of workers', () => {
  it('add up, bucket by bucket', () => {
    const counts = { ...PLACE, revision: 'new', succeeded: 1, failed: 2, statuses: [0, 1, 0, 0, 2] };
    const state = { ...STEP, stableInFlight: 1, candidateInFlight: 2, blown: undefined };
    const one = {
      counts: [
        {
          ...counts,
          latencies: [
            [3, 1],
            [9, 1],
          ] as const,
        },
        { ...counts, revision: 'old', latencies: [] },
      ],
      states: [state],
    };
    const other = {
      counts: [
        {
          ...counts,
          latencies: [
            [1, 5],
            [9, 2],
          ] as const,
        },
      ],
      states: [{ ...state, blown: 'words' }],
    };
    expect(mergeSplitReports([one, undefined, other])).toEqual({
      counts: [
        {
          ...counts,
          succeeded: 2,
          failed: 4,
          statuses: [0, 2, 0, 0, 4],
          latencies: [
            [1, 5],
            [3, 1],
            [9, 3],
          ],
        },
        { ...counts, revision: 'old', latencies: [] },
      ],
      states: [{ ...state, stableInFlight: 2, candidateInFlight: 4, blown: 'words' }],
    });
    expect(mergeSplitReports([undefined])).toBeUndefined();
  });
});
