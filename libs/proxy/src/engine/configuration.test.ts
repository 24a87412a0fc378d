// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Clock } from '@weir/base';
import { FREE_GATE } from '@weir/filters';
import type { Port, Resource, ResourceName } from '@weir/policy/snapshot';
import { BackendMemory, createRateBuffer, SharedRateTable } from '@weir/resilience';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WriteBatch } from '../http1/socket-writer.ts';
import { TlsAcceptor } from '../tls/tls-acceptor.ts';
import { BackendGuards } from './backend-guards.ts';
import { BackendRuntime } from './backend-runtime.ts';
import { RateStores } from '../rate-limit/rate-stores.ts';
import { EngineRateCounters } from './rate-counters.ts';
import { Configuration } from './configuration.ts';
import type { ConfigurationPorts, Rejection } from './configuration.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { PoolRegistry } from './pool-registry.ts';
import { backendOf, certificateOf, portOf, ruleOf } from './sample-resources.ts';
import { defaultLimits } from './settings.ts';

function createRateCounters(clock: Clock): EngineRateCounters {
  const buffer = createRateBuffer({ tokenBuckets: 16, slidingWindows: 16 }, createScriptedRandom(0));
  const observer = { storeAsked: () => undefined, storeChanged: () => undefined };
  const stores = new RateStores({ clock, observer, loadLimiters: () => expect.unreachable() });
  return new EngineRateCounters({ table: new SharedRateTable(buffer), clock, stores, onWithoutStore: () => undefined });
}

/** The registry as it is, with a note of what was taken and given back. */
class NotingRegistry extends PoolRegistry {
  readonly events: string[] = [];
  /** Every pool that there ever was, by the endpoint's port. */
  readonly poolsByPort = new Map<number, Set<EndpointPool>>();
  readonly userCounts = new Map<number, number>();

  override acquire(...[endpoint, needs]: Parameters<PoolRegistry['acquire']>): EndpointPool {
    this.note('acquire', endpoint.port, 1);
    const pool = super.acquire(endpoint, needs);
    this.poolsByPort.set(endpoint.port, (this.poolsByPort.get(endpoint.port) ?? new Set<EndpointPool>()).add(pool));
    return pool;
  }

  override release(...[endpoint, needs]: Parameters<PoolRegistry['release']>): void {
    this.note('release', endpoint.port, -1);
    super.release(endpoint, needs);
  }

  private note(what: string, port: number, change: number): void {
    this.events.push(`${what} ${port}`);
    this.userCounts.set(port, (this.userCounts.get(port) ?? 0) + change);
  }
}

const POOL_CONTEXT = {
  limits: defaultLimits,
  batch: new WriteBatch(),
  coarseNowMs: 0,
  loads: { begin: () => undefined, end: () => undefined, inFlight: () => 0 },
  telemetry: { upstreamConnectionOpened: () => undefined, upstreamConnectionClosed: () => undefined },
};

const NO_TOKENS: ConfigurationPorts['tokens'] = {
  load: () => Promise.resolve(),
  verifierOf: () => expect.unreachable(),
  retain: () => undefined,
};

const NOTHING_INJECTED = { delayRoom: undefined, onFaultInjected: () => undefined };
const NOTHING_SENT = { mirror: () => undefined, callBackend: undefined, concurrencyGate: FREE_GATE, ...NOTHING_INJECTED };
const SILENT = { backendRefused: () => undefined, breakerChanged: () => undefined };

/** A configuration of which each backend takes a millisecond to make, and each other resource no time. */
class Bench {
  readonly clock = createManualClock();
  readonly registry = new NotingRegistry(POOL_CONTEXT);
  readonly createdPorts: string[] = [];
  turnCount = 0;
  /** Runs between two slices, as requests do. */
  onTurn = (): void => undefined;
  readonly configuration: Configuration;
  private version = 0;

  constructor() {
    const { clock, registry } = this;
    const random = createScriptedRandom(0);
    const guards = new BackendGuards({
      memory: new BackendMemory(new SharedArrayBuffer(0), { workerIndex: 0, workerCount: 1 }),
      clock,
      telemetry: SILENT,
    });
    this.configuration = new Configuration({
      clock,
      tokens: NO_TOKENS,
      gateway: undefined,
      rateStores: { load: () => expect.unreachable() },
      rulePorts: { clock, random, filterContext: { random, clock, ...NOTHING_SENT, rateCounters: createRateCounters(clock) } },
      renewMesh: () => undefined,
      createBackend: (backend, { backendCredentials: credentials, meshSessions }) => {
        clock.advance(1);
        if (backend.label === UNUSABLE) throw new Error('cannot be balanced');
        return new BackendRuntime(backend, registry, { context: POOL_CONTEXT, clock, random, credentials, meshSessions, guards });
      },
      createPort: (port, { certificates }) => {
        this.createdPorts.push(port.name);
        return { port, tls: port.protocol === 'TLS' ? acceptorOf(port, certificates) : undefined, front: undefined };
      },
      yieldTurn: () => {
        this.turnCount++;
        this.onTurn();
        return Promise.resolve();
      },
    });
  }

  put(...upserts: readonly Resource[]): Promise<readonly Rejection[]> {
    return this.change(upserts, []);
  }

  remove(...removes: readonly ResourceName[]): Promise<readonly Rejection[]> {
    return this.change([], removes);
  }

  change(upserts: readonly Resource[], removes: readonly ResourceName[]): Promise<readonly Rejection[]> {
    return this.configuration.apply({ version: ++this.version, upserts, removes });
  }

  /** Name of the rule that a path falls to on a listener. */
  ruleAt(listener: string, path: string): string | undefined {
    return this.configuration.table(listener)?.find(queryOf(path))?.target.rule.name;
  }

  endpointsOf(name: ResourceName): readonly number[] | undefined {
    return this.configuration.backendReference(name).current?.backend.endpoints.map(({ port }) => port);
  }
}

const UNUSABLE = 'unusable';

function acceptorOf(port: Port, certificates: Configuration['certificates']): TlsAcceptor {
  return new TlsAcceptor(port, {
    certificates,
    clientAuthoritiesPem: undefined,
    handshakeTimeoutMs: 1000,
    ticketKeysHex: '',
    onSecure: () => undefined,
    onHandshakeFailed: () => undefined,
  });
}

function queryOf(path: string) {
  return { method: 'GET', host: 'a.example', path, query: undefined, headers: new HeaderList() };
}

describe('an update of a configuration', () => {
  it('is prepared in slices of two milliseconds, with a turn of the event loop after each', async () => {
    const bench = new Bench();
    await bench.put(...Array.from({ length: 7 }, (_, i) => backendOf(`b${i}`, [])));
    expect(bench.turnCount).toBe(3);
  });

  it('takes no turn where it fits in a slice', async () => {
    const bench = new Bench();
    await bench.put(...Array.from({ length: 100 }, (_, i) => ruleOf(`r${i}`)), backendOf('b', []));
    expect(bench.turnCount).toBe(0);
  });

  it('serves nothing of itself before it is whole, and then all of it at once', async () => {
    const bench = new Bench();
    const { configuration } = bench;
    await bench.put(ruleOf('old', { path: '/' }), backendOf('b', [1]), portOf(1), certificateOf('old'));
    const names = ['certificate/old', 'certificate/new'];
    const state = () => ({
      version: configuration.appliedVersion,
      rule: bench.ruleAt('one', '/x'),
      elsewhere: bench.ruleAt('two', '/x'),
      endpoints: bench.endpointsOf('backend/b'),
      ports: [portOf(1), portOf(2)].map(({ name }) => configuration.port(name)?.port.port),
      certificate: configuration.certificates.select(names, undefined)?.name,
    });
    const seen: unknown[] = [];
    bench.onTurn = () => seen.push(state());
    const before = state();
    const slow = [backendOf('s0', []), backendOf('s1', []), backendOf('s2', [])];
    await bench.change(
      [ruleOf('new', { path: '/', listeners: ['one', 'two'] }), backendOf('b', [2]), portOf(2), certificateOf('new'), ...slow],
      ['rule/old', portOf(1).name, 'certificate/old'],
    );
    expect(seen).toEqual([before, before]);
    expect(before).toMatchObject({ version: 1, rule: 'rule/old', endpoints: [1], ports: [1, undefined] });
    expect(state()).toEqual({
      version: 2,
      rule: 'rule/new',
      elsewhere: 'rule/new',
      endpoints: [2],
      ports: [undefined, 2],
      certificate: 'certificate/new',
    });
  });

  it('leaves a table that a request has found as it was', async () => {
    const bench = new Bench();
    await bench.put(ruleOf('a'));
    const table = bench.configuration.table('one');
    await bench.change([ruleOf('b')], ['rule/a']);
    expect(table?.find(queryOf('/a'))?.target.rule.name).toBe('rule/a');
    expect(table?.find(queryOf('/b'))).toBeUndefined();
  });

  it('moves a rule from one listener to another', async () => {
    const bench = new Bench();
    await bench.put(ruleOf('a', { listeners: ['one', 'two'] }));
    await bench.put(ruleOf('a', { listeners: ['two', 'three'] }));
    expect(['one', 'two', 'three'].map(listener => bench.ruleAt(listener, '/a'))).toEqual([undefined, 'rule/a', 'rule/a']);
    await bench.remove('rule/a');
    expect(['one', 'two', 'three'].map(listener => bench.configuration.table(listener)?.size)).toEqual([0, 0, 0]);
  });

  it('keeps the previous version of what it refuses, and takes the rest', async () => {
    const bench = new Bench();
    await bench.put(ruleOf('a'), backendOf('b', [1]));
    const refused = [ruleOf('a', { regex: '(', listeners: ['two'] }), backendOf('b', [2], UNUSABLE)];
    const rejections = await bench.put(...refused, ruleOf('c'));
    expect(rejections.map(({ resource }) => resource)).toEqual(['rule/a', 'backend/b']);
    expect(rejections[1]?.reason).toBe('cannot be balanced');
    expect([bench.ruleAt('one', '/a'), bench.ruleAt('two', '/a'), bench.ruleAt('one', '/c')]).toEqual([
      'rule/a',
      undefined,
      'rule/c',
    ]);
    expect(bench.endpointsOf('backend/b')).toEqual([1]);
    // What it has kept is still known well enough to be removed.
    await bench.remove('rule/a');
    expect(bench.ruleAt('one', '/a')).toBeUndefined();
  });

  it('takes nothing of one that is to be whole and has something to refuse', async () => {
    const bench = new Bench();
    await bench.put(ruleOf('a'), backendOf('b', [1]), backendOf('d', [1]));
    const upserts = [backendOf('d', [2]), backendOf('b', [2], UNUSABLE), ruleOf('c')];
    const rejections = await bench.configuration.apply({ version: 2, upserts, removes: ['rule/a'], isWhole: true });
    expect(rejections.map(({ resource }) => resource)).toEqual(['backend/b']);
    expect([bench.ruleAt('one', '/a'), bench.ruleAt('one', '/c')]).toEqual(['rule/a', undefined]);
    expect([bench.endpointsOf('backend/b'), bench.endpointsOf('backend/d')]).toEqual([[1], [1]]);
    await bench.configuration.apply({ version: 3, upserts: [backendOf('d', [2])], removes: [], isWhole: true });
    expect(bench.endpointsOf('backend/d')).toEqual([2]);
  });
});

describe('the backends of a configuration', () => {
  it('keep the pools of endpoints that stay', async () => {
    const bench = new Bench();
    const { registry } = bench;
    await bench.put(backendOf('b', [1, 2]));
    await bench.put(backendOf('b', [2, 3]));
    expect(registry.events).toEqual(['acquire 1', 'acquire 2', 'acquire 2', 'acquire 3', 'release 1', 'release 2']);
    expect(registry.poolsByPort.get(2)?.size).toBe(1);
  });

  it('get a new pool for an endpoint that had gone', async () => {
    const bench = new Bench();
    const { registry } = bench;
    await bench.put(backendOf('b', [1]));
    await bench.put(backendOf('b', []));
    await bench.put(backendOf('b', [1]));
    expect(registry.poolsByPort.get(1)?.size).toBe(2);
  });

  it('are reached through one reference, before they are known, while they are and after', async () => {
    const bench = new Bench();
    const reference = bench.configuration.backendReference('backend/b');
    expect(reference.current).toBeUndefined();
    await bench.put(backendOf('b', [1]));
    expect(reference.current?.backend.label).toBe('b');
    await bench.remove('backend/b');
    expect(reference.current).toBeUndefined();
    expect(bench.registry.userCounts.get(1)).toBe(0);
    await bench.put(backendOf('b', [2]));
    expect(bench.configuration.backendReference('backend/b')).toBe(reference);
    expect(bench.endpointsOf('backend/b')).toEqual([2]);
  });
});

describe('the ports of a configuration', () => {
  it('are made anew with new certificates where they speak TLS, and left alone otherwise', async () => {
    const bench = new Bench();
    await bench.put(portOf(80), portOf(443, 'TLS'));
    bench.createdPorts.length = 0;
    await bench.put(ruleOf('a'), backendOf('b', [1]));
    expect(bench.createdPorts).toEqual([]);
    await bench.put(certificateOf('c'));
    await bench.remove('certificate/c');
    expect(bench.createdPorts).toEqual(['port/127.0.0.1/443', 'port/127.0.0.1/443']);
    expect(bench.configuration.certificates.select(['certificate/c'], undefined)).toBeUndefined();
  });

  it('are made anew with new authorities, of which removed ones are forgotten', async () => {
    const bench = new Bench();
    await bench.put(portOf(443, 'TLS'));
    await bench.put({ kind: 'trustBundle', name: 'trust/t', authoritiesPem: '' });
    expect(bench.configuration.trustBundles.has('trust/t')).toBe(true);
    await bench.remove('trust/t');
    expect(bench.configuration.trustBundles.has('trust/t')).toBe(false);
    expect(bench.createdPorts).toHaveLength(3);
  });

  it('are made once where they change together with a certificate', async () => {
    const bench = new Bench();
    await bench.put(portOf(443, 'TLS'), certificateOf('c'));
    expect(bench.createdPorts).toEqual(['port/127.0.0.1/443']);
  });
});

const LISTENERS = ['one', 'two', 'three'];
const PATHS = ['/', '/a', '/a/b', '/b'];
const RULES = ['r0', 'r1', 'r2', 'r3'];
const BACKENDS = ['b0', 'b1', 'b2'];
const ENDPOINTS = [1, 2, 3];
const PORTS = [portOf(80), portOf(81)];

const rule = fc
  .record({
    name: fc.constantFrom(...RULES),
    path: fc.constantFrom(...PATHS),
    regex: fc.constantFrom(undefined, undefined, '/a.*', '('),
    listeners: fc.uniqueArray(fc.constantFrom(...LISTENERS), { minLength: 1 }),
  })
  .map(({ name, path, regex, listeners }) => ruleOf(name, { path, listeners, ...(regex === undefined ? {} : { regex }) }));
const backend = fc
  .record({ name: fc.constantFrom(...BACKENDS), ports: fc.subarray(ENDPOINTS), label: fc.constantFrom('good', 'good', UNUSABLE) })
  .map(({ name, ports, label }) => backendOf(name, ports, label));
const change = fc.record({ resource: fc.oneof(rule, backend, fc.constantFrom(...PORTS)), isRemoval: fc.boolean() });
const transactions = fc.array(fc.uniqueArray(change, { selector: ({ resource }) => resource.name, maxLength: 6 }), {
  maxLength: 8,
});

function isUsable(resource: Resource): boolean {
  if (resource.kind === 'backend') return resource.label !== UNUSABLE;
  return resource.kind !== 'routeRule' || resource.matches.every(({ path }) => path.value !== '(');
}

/** All that a configuration would do, as data. */
function behaviourOf(bench: Bench) {
  const { configuration } = bench;
  return {
    sizes: LISTENERS.map(listener => configuration.table(listener)?.size ?? 0),
    rules: LISTENERS.map(listener => PATHS.map(path => configuration.table(listener)?.find(queryOf(path))?.target.rule)),
    endpoints: BACKENDS.map(name => bench.endpointsOf(`backend/${name}`)),
    users: ENDPOINTS.map(port => bench.registry.userCounts.get(port) ?? 0),
    ports: PORTS.map(({ name }) => configuration.port(name)?.port),
  };
}

describe('a sequence of updates', () => {
  it('leads to what one update with the final state leads to', async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async sequence => {
        const grown = new Bench();
        const final = new Map<ResourceName, Resource>();
        for (const changes of sequence) {
          const upserts = changes.filter(({ isRemoval }) => !isRemoval).map(({ resource }) => resource);
          const removes = changes.filter(({ isRemoval }) => isRemoval).map(({ resource }) => resource.name);
          const rejections = await grown.change(upserts, removes);
          const refused = upserts.filter(resource => !isUsable(resource)).map(({ name }) => name);
          expect(rejections.map(({ resource }) => resource)).toEqual(refused);
          for (const resource of upserts) if (isUsable(resource)) final.set(resource.name, resource);
          for (const name of removes) final.delete(name);
        }
        const fresh = new Bench();
        await fresh.put(...final.values());
        expect(behaviourOf(grown)).toEqual(behaviourOf(fresh));
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
