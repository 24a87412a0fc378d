// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, Verdict } from '@weir/base';
import { NO_CONDITIONS } from '@weir/policy/snapshot';
import type { FaultEffect, InjectedFaultSpec } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { FilterContext } from '../filter-context.ts';
import { FREE_GATE } from '../concurrency-limit/free-gate.ts';
import { DelayRoom } from './delay-room.ts';
import { FaultInjectionFilter } from './fault-injection-filter.ts';
import { RunningFaults } from './running-faults.ts';

const DELAY: FaultEffect = { kind: 'delay', delayMs: 100 };
const ABORT: FaultEffect = { kind: 'abort', status: 503 };

function faultOf(fault: string, effect: FaultEffect, parts: Partial<InjectedFaultSpec> = {}): InjectedFaultSpec {
  return { policy: 'shop/p', scope: 'Route', fault, percent: 100, effect, when: undefined, ...parts };
}

interface Scene {
  /** What chance says, in turn. */
  readonly chance?: number;
  readonly unresolved?: string;
  readonly room?: number;
  readonly requestTimeoutMs?: number;
}

function sceneOf(
  faults: readonly InjectedFaultSpec[],
  { chance = 0.5, unresolved, room = 10, requestTimeoutMs = 0 }: Scene = {},
) {
  const clock = createManualClock();
  const injected: string[] = [];
  const limits = { kind: 'trafficLimits', name: 'a', unresolved, rateLimits: [], concurrencyLimits: [], faults } as const;
  const unknown = (name: string): { name: string; current: undefined } => ({ name, current: undefined });
  const context: FilterContext = {
    random: createScriptedRandom(chance),
    clock,
    callBackend: undefined,
    mirror: () => undefined,
    accessChain: unknown,
    trafficLimits: unknown,
    rateCounters: {
      prepare: () => expect.unreachable(),
      admit: () => expect.unreachable(),
      retainStores: () => undefined,
      wentWithoutStore: () => undefined,
    },
    concurrencyLimits: unknown,
    concurrencyGate: FREE_GATE,
    injectedFaults: name => ({ name, current: new RunningFaults(limits) }),
    delayRoom: new DelayRoom(clock, room),
    onFaultInjected: (label, effect) => injected.push(`${label} ${effect}`),
  };
  const spec = { kind: 'faultInjection', limits: ['a'], requestTimeoutMs: () => requestTimeoutMs } as const;
  return { clock, injected, filter: new FaultInjectionFilter(spec, context), context };
}

/** What became of a request; `waits` = not decided yet. */
function outcomeOf(verdict: Promise<Verdict> | Verdict) {
  const outcome = { text: 'waits' };
  const note = (one: Verdict): void => {
    outcome.text = one.kind === 'reply' ? `${one.response.status} ${one.response.headers.get('grpc-status') ?? ''}`.trim() : 'on';
  };
  if (verdict instanceof Promise) {
    void verdict.then(note).catch((reason: unknown) => (outcome.text = reason instanceof Fault ? reason.code : String(reason)));
  } else note(verdict);
  return outcome;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

function grpcCall(): Exchange {
  const headers = HeaderList.of(['content-type', 'application/grpc']);
  return createTestExchange({ protocol: 'HTTP/2', request: { method: 'POST', headers } });
}

describe('an injected fault', () => {
  it('ends a request, and says so to callers, log and metrics', () => {
    const { filter, injected } = sceneOf([faultOf('down', ABORT)]);
    const exchange = createTestExchange();
    expect(outcomeOf(filter.onRequest(exchange)).text).toBe('503');
    const head = { status: 503, headers: new HeaderList(), contentLength: 0 };
    filter.onResponse(exchange, head);
    expect([head.headers.get('weir-fault'), exchange.injectedFaults, injected]).toEqual([
      'down',
      ['shop/p#down'],
      ['shop/p#down abort'],
    ]);
  });

  it('befalls as many as its percentage says', () => {
    const fates = [0, 0.29, 0.3, 0.99].map(chance => {
      const { filter } = sceneOf([faultOf('down', ABORT, { percent: 30 })], { chance });
      return outcomeOf(filter.onRequest(createTestExchange())).text;
    });
    expect(fates).toEqual(['503', '503', 'on', 'on']);
  });

  it('befalls only what fits', () => {
    const { filter } = sceneOf([faultOf('down', ABORT, { when: { ...NO_CONDITIONS, methods: ['POST'] } })]);
    const fates = ['GET', 'POST'].map(method => outcomeOf(filter.onRequest(createTestExchange({ request: { method } }))).text);
    expect(fates).toEqual(['on', '503']);
  });

  it('holds a request up for as long as it says, all delays together, and then ends it where another one does', async () => {
    const { filter, clock } = sceneOf([
      faultOf('late', DELAY),
      faultOf('later', { ...DELAY, delayMs: 50 }),
      faultOf('down', ABORT),
    ]);
    const exchange = createTestExchange();
    const outcome = outcomeOf(filter.onRequest(exchange));
    clock.advance(149);
    await settle();
    expect(outcome.text).toBe('waits');
    clock.advance(1);
    await settle();
    expect([outcome.text, exchange.waitedMs]).toEqual(['503', 150]);
  });

  it("counts a delay as the request's own time", async () => {
    const { filter, clock } = sceneOf([faultOf('late', DELAY)], { requestTimeoutMs: 60 });
    const outcome = outcomeOf(filter.onRequest(createTestExchange()));
    clock.advance(60);
    await settle();
    expect(outcome.text).toBe('request_deadline');
  });

  it('holds up so many at once, and none that has left', () => {
    const { filter, clock } = sceneOf([faultOf('late', DELAY)], { room: 1 });
    const first = createTestExchange();
    const fates = [first, createTestExchange()].map(exchange => outcomeOf(filter.onRequest(exchange)).text);
    expect(fates).toEqual(['waits', 'on']);
    filter.onEnd(first);
    expect(clock.pendingTimerCount()).toBe(0);
    expect(outcomeOf(filter.onRequest(createTestExchange())).text).toBe('waits');
  });

  it.each([
    [{ kind: 'grpcAbort', grpcStatus: 14 }, '200 14'],
    [{ kind: 'abort', status: 404 }, '200 12'],
    [{ kind: 'abort', status: 500 }, '200 2'],
  ] satisfies readonly [FaultEffect, string][])('ends a gRPC call with a status of its own: %o', (effect, fate) => {
    const { filter } = sceneOf([faultOf('down', effect)]);
    expect(outcomeOf(filter.onRequest(grpcCall())).text).toBe(fate);
  });

  it('with a status of gRPC befalls nobody else', () => {
    const { filter } = sceneOf([faultOf('down', { kind: 'grpcAbort', grpcStatus: 14 })]);
    expect(outcomeOf(filter.onRequest(createTestExchange())).text).toBe('on');
  });

  it('of a policy that holds twice rolls its dice once', () => {
    const { context, injected } = sceneOf([faultOf('down', ABORT)]);
    const twice = new FaultInjectionFilter({ kind: 'faultInjection', limits: ['a', 'b'], requestTimeoutMs: () => 0 }, context);
    void twice.onRequest(createTestExchange());
    expect(injected).toEqual(['shop/p#down abort']);
  });

  it('that cannot be evaluated refuses', () => {
    const { filter } = sceneOf([], { unresolved: 'no expression' });
    expect(() => filter.onRequest(createTestExchange())).toThrow('no expression');
  });
});
