// SPDX-License-Identifier: Apache-2.0
// What CPU a rate limit costs a request, in one thread: its filters, from the request to the fields of the answer. Run: node tools/bench/rate-limit-filter.ts
import { createSystemRandom, HeaderList, systemClock } from '@weir/base';
import type { Exchange } from '@weir/base';
import { compileFilters, DelayRoom, FREE_GATE, trafficSpecs, TrafficStore } from '@weir/filters';
import type { RateLimitKey, RateLimitSpec } from '@weir/policy/snapshot';
import { createRateBuffer, SharedRateTable } from '@weir/resilience';
import { createTestExchange } from '@weir/testing';
import { EngineRateCounters, RateStores } from '@weir/proxy/engine';

const ROUNDS = 5;
const REQUESTS_PER_ROUND = 100_000;
const NAME = 'traffic-limits/bench';

const KEYS: Readonly<Record<string, readonly RateLimitKey[]>> = {
  none: [],
  address: [{ kind: 'address' }],
  consumer: [{ kind: 'consumer' }],
  'address and header': [{ kind: 'address' }, { kind: 'header', name: 'x-tenant' }],
};

function limitOf(key: readonly RateLimitKey[]): RateLimitSpec {
  return {
    ...{ policy: 'bench/policy', scope: 'Gateway', limit: 'burst', algorithm: 'tokenBucket', key, cost: 1 },
    ...{ windows: [{ requests: 1_000_000, windowMs: 100, burst: undefined }], isPerRoute: false, shared: undefined },
    ...{ when: undefined, isShadow: false },
  };
}

function createCounters(): EngineRateCounters {
  const random = createSystemRandom();
  const observer = { storeAsked: () => undefined, storeChanged: () => undefined };
  const loadLimiters = (): never => {
    throw new Error('nothing is shared here');
  };
  return new EngineRateCounters({
    table: new SharedRateTable(createRateBuffer({ tokenBuckets: 262_144, slidingWindows: 16 }, random)),
    clock: systemClock,
    stores: new RateStores({ clock: systemClock, observer, loadLimiters }),
    onWithoutStore: () => undefined,
  });
}

function filtersOf(key: readonly RateLimitKey[]): ReturnType<typeof compileFilters> {
  const counters = createCounters();
  const store = new TrafficStore({ rateCounters: counters, concurrencyGate: FREE_GATE });
  const edit = new Map<string, () => void>();
  store.prepare(
    { kind: 'trafficLimits', name: NAME, unresolved: undefined, concurrencyLimits: [], faults: [], rateLimits: [limitOf(key)] },
    edit,
  );
  store.commit(edit);
  return compileFilters(trafficSpecs([NAME], { route: 'HTTPRoute/bench/route', requestTimeoutMs: () => 0 }), {
    random: createSystemRandom(),
    clock: systemClock,
    callBackend: undefined,
    mirror: () => undefined,
    accessChain: name => ({ name, current: undefined }),
    trafficLimits: name => store.limits(name),
    rateCounters: counters,
    concurrencyLimits: name => store.concurrency(name),
    concurrencyGate: FREE_GATE,
    injectedFaults: name => store.faults(name),
    delayRoom: new DelayRoom(systemClock, 0),
    onFaultInjected: () => undefined,
  });
}

function filterNs(key: readonly RateLimitKey[]): number {
  const filters = filtersOf(key);
  const exchanges = Array.from({ length: 1_000 }, (_, i): Exchange => {
    const headers = HeaderList.of(['x-tenant', `tenant-${i}`]);
    const exchange = createTestExchange({ request: { headers }, downstream: { remoteAddress: `10.0.${i >> 8}.${i & 255}` } });
    exchange.identities = [{ method: 'm', consumer: `bench/consumer-${i}`, groups: [], claims: undefined }];
    return exchange;
  });
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < REQUESTS_PER_ROUND; i++) {
      const exchange = exchanges[i % exchanges.length]!;
      exchange.rateLimitFields = [];
      const response = { status: 200, headers: new HeaderList(), contentLength: 0 };
      for (const filter of filters) void filter.onRequest?.(exchange);
      for (const filter of filters) filter.onResponse?.(exchange, response);
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) / REQUESTS_PER_ROUND) * 1e3);
  }
  // The least: others on the machine can only add to it.
  return Math.min(...rounds);
}

console.log('key                   CPU ns a request');
for (const [name, key] of Object.entries(KEYS)) console.log(`${name.padEnd(18)} ${filterNs(key).toFixed(0).padStart(15)}`);
