// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { Priority } from '@weir/resilience';
import { createManualClock, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { LoadShedder } from './load-shedder.ts';
import { overloadFromWord } from './overload-watch.ts';
import { defaultLimits } from './settings.ts';

const TICK_MS = 100;

/** A shedder of a process that may use 1,000 bytes. */
function start(maxMemoryBytes = 0) {
  const clock = createManualClock();
  const system = { limitBytes: 1_000, usedBytes: 100, heapShare: 0.1 };
  const words: number[] = [];
  const levels: number[] = [];
  const shedder = new LoadShedder(
    {
      clock,
      settings: { limits: defaultLimits, maxMemoryBytes },
      telemetry: { overloadLevel: level => levels.push(level) },
      reportOverload: word => words.push(word),
    },
    {
      limitBytes: () => system.limitBytes,
      usedBytes: () => system.usedBytes,
      heapShare: () => system.heapShare,
    },
  );
  return { clock, system, shedder, words, levels };
}

function fateOf(shedder: LoadShedder, exchange: Exchange, said: Priority | undefined): string {
  try {
    if (shedder.isShedding) shedder.admit(exchange, said);
    return 'admitted';
  } catch (reason) {
    return Fault.from(reason).code;
  }
}

function get(path: string, method = 'GET'): Exchange {
  return createTestExchange({ request: { path, method } });
}

describe('a load shedder', () => {
  it('refuses by priority as memory runs out, health checks last, and ends when there is room again', () => {
    const { clock, system, shedder } = start();
    const fates = (): readonly string[] => [
      fateOf(shedder, get('/'), 'low'),
      fateOf(shedder, get('/'), undefined),
      fateOf(shedder, get('/'), 'high'),
      fateOf(shedder, get('/healthz'), undefined),
    ];
    const counts = [100, 860, 910, 960, 990, 500].map(usedBytes => {
      system.usedBytes = usedBytes;
      clock.advance(TICK_MS);
      return fates().filter(fate => fate === 'load_shed').length;
    });
    expect(counts).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it.each([
    [get('/healthz'), 'admitted'],
    [get('/livez', 'HEAD'), 'admitted'],
    [get('/grpc.health.v1.Health/Check', 'POST'), 'admitted'],
    [get('/healthz', 'POST'), 'load_shed'],
    [get('/healthz/deep'), 'load_shed'],
    [get('/'), 'load_shed'],
  ])('takes what is a health check for one', (exchange, fate) => {
    const { clock, system, shedder } = start();
    system.heapShare = 0.96;
    clock.advance(TICK_MS);
    expect(fateOf(shedder, exchange, undefined)).toBe(fate);
  });

  it('goes by what policies say of a health check, too', () => {
    const { clock, system, shedder } = start();
    system.usedBytes = 860;
    clock.advance(TICK_MS);
    expect(fateOf(shedder, get('/healthz'), 'low')).toBe('load_shed');
  });

  it('counts what is in flight', () => {
    const { clock, shedder } = start();
    shedder.requestsInFlight = defaultLimits.maxRequestsInFlight;
    clock.advance(TICK_MS);
    expect(fateOf(shedder, get('/'), 'critical')).toBe('load_shed');
  });

  it('takes the limit that it is given before that of the system', () => {
    const { clock, system, shedder } = start(200);
    system.usedBytes = 199;
    clock.advance(TICK_MS);
    expect(shedder.isShedding).toBe(true);
  });

  it('tells telemetry and the main thread', () => {
    const { clock, system, words, levels } = start();
    clock.advance(TICK_MS);
    system.heapShare = 0.9;
    clock.advance(TICK_MS);
    expect(levels).toEqual([0, 2]);
    expect(words.map(overloadFromWord)).toEqual([undefined, { level: 2, pressure: 'heap' }]);
  });
});
