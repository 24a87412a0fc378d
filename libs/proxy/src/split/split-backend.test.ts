// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Exchange, Fault } from '@weir/base';
import type { SplitAssignment, SplitMatch } from '@weir/policy/snapshot';
import { TestBody } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendOf } from '../engine/sample-resources.ts';
import { revisionOf, SharedMemory, splitBackendOf, SplitBench } from './split-bench.ts';

const BY_HEADER: SplitAssignment = { by: 'header', name: 'x-user', path: [] };
const BY_ADDRESS: SplitAssignment = { by: 'address', name: '', path: [] };
const ALL = 10_000;

function benchOf(...parts: Parameters<typeof splitBackendOf>): SplitBench {
  const bench = new SplitBench();
  bench.put(splitBackendOf(...parts));
  return bench;
}

const userOf = (name: string) => ({ request: { headers: HeaderList.of(['x-user', name]) } });
const USERS = Array.from({ length: 4_000 }, (_, i) => `user-${i}`);

/** The users whose requests go to the candidate. */
function usersOfNew(bench: SplitBench): ReadonlySet<string> {
  return new Set(USERS.filter(name => bench.send(userOf(name)).revision === 'new'));
}

describe('a split without assignment', () => {
  it.each([0, 1, 250, 3_000, 9_900, ALL])('sends %i of 10,000 requests to the candidate', candidateShare => {
    const count = benchOf({ candidateShare }).countOfNew(20_000);
    const expected = candidateShare * 2;
    expect(Math.abs(count - expected)).toBeLessThanOrEqual(4 * Math.sqrt(expected * (1 - candidateShare / ALL)));
  });

  it('sends attempts to the endpoints of the chosen revision alone', () => {
    const bench = benchOf({ candidateShare: 5_000 });
    for (let i = 0; i < 50; i++) {
      const { exchange, revision } = bench.send();
      expect(exchange.served.endpoint === '127.0.0.1:11').toBe(revision === 'new');
    }
    expect(new Set(bench.endpoints)).toEqual(new Set(['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:11']));
  });

  it('stays with a revision for further attempts, whatever the share becomes', () => {
    const bench = benchOf({ candidateShare: ALL, candidate: revisionOf('new', [11, 12]) });
    const { exchange } = bench.send();
    bench.put(splitBackendOf({ candidateShare: 0, step: '2', candidate: revisionOf('new', [11, 12]) }));
    bench.send(exchange);
    expect(exchange.served).toMatchObject({ revision: 'new' });
    expect(new Set(bench.endpoints)).toEqual(new Set(['127.0.0.1:11', '127.0.0.1:12']));
    const late = bench.send();
    expect(late.revision).toBe('old');
    bench.put(splitBackendOf({ candidateShare: ALL, step: '3' }));
    expect(bench.send(late.exchange).revision).toBe('old');
  });

  it('sends all to stable while the candidate has no endpoint, and its share again when it has', () => {
    const bench = benchOf({ candidateShare: ALL });
    const { exchange } = bench.send();
    bench.put(splitBackendOf({ candidateShare: ALL, candidate: revisionOf('new', []) }));
    expect(bench.send(exchange).revision).toBe('old');
    expect(bench.countOfNew(50)).toBe(0);
    expect(bench.reference.current?.forStream('10.0.0.1', '').revision).toBe('old');
    bench.put(splitBackendOf({ candidateShare: ALL }));
    expect(bench.countOfNew(50)).toBe(50);
  });

  it('sends all to a candidate that has a share while stable has no endpoint, and none to one that has not', () => {
    const gone = { stable: revisionOf('old', []) };
    const bench = benchOf({ candidateShare: 1 });
    const { exchange, revision } = bench.send();
    expect(revision).toBe('old');
    bench.put(splitBackendOf({ candidateShare: 1, ...gone }));
    expect(bench.send(exchange).revision).toBe('new');
    expect(bench.countOfNew(50)).toBe(50);
    expect(bench.reference.current?.forStream('10.0.0.1', '').revision).toBe('new');
    bench.put(splitBackendOf({ candidateShare: 0, step: '2', ...gone }));
    expect(bench.countOfNew(50)).toBe(0);
    bench.put(splitBackendOf({ candidateShare: 0, step: '2' }));
    expect(bench.countOfNew(50)).toBe(0);
  });

  it('answers where neither revision has endpoints that there are none', async () => {
    const none = { stable: revisionOf('old', []), candidate: revisionOf('new', []) };
    const { handler } = benchOf({ candidateShare: ALL, ...none }).send();
    let fault: Fault | undefined;
    handler.onFault = one => (fault = one);
    await Promise.resolve();
    expect([fault?.code, fault?.message]).toEqual(['no_endpoints', 'shop/catalogue:80~new has no ready endpoints']);
  });

  it('sends no key of a client', () => {
    const { exchange } = benchOf({ candidateShare: 5_000 }).send(userOf('ada'));
    expect(exchange.request.headers.has('weir-client-key')).toBe(false);
  });
});

describe('a split with assignment', () => {
  it('sends its share of clients to the candidate, and each of them always', () => {
    const bench = benchOf({ candidateShare: 2_500, assignment: BY_HEADER });
    const users = usersOfNew(bench);
    expect(Math.abs(users.size - 1_000)).toBeLessThanOrEqual(110);
    expect(usersOfNew(bench)).toEqual(users);
  });

  it('moves clients from stable to the candidate alone while its share grows', () => {
    const share = fc.integer({ min: 0, max: ALL });
    fc.assert(
      fc.property(fc.tuple(share, share), fc.uniqueArray(fc.string({ minLength: 1 })), ([one, other], names) => {
        const [fewer, more] = [Math.min(one, other), Math.max(one, other)].map(candidateShare =>
          benchOf({ candidateShare, assignment: BY_HEADER }),
        );
        for (const name of names) {
          if (fewer?.send(userOf(name)).revision === 'new') expect(more?.send(userOf(name)).revision).toBe('new');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('tells nothing of where a client is in another rollout', () => {
    const [one, other] = ['shop/catalogue', 'shop/cart'].map(rollout =>
      usersOfNew(benchOf({ rollout, candidateShare: 2_000, assignment: BY_HEADER })),
    ) as [ReadonlySet<string>, ReadonlySet<string>];
    const both = [...one].filter(name => other.has(name)).length;
    expect(Math.abs(both - USERS.length * 0.04)).toBeLessThanOrEqual(55);
  });

  it.each<[string, SplitAssignment, (exchange: Exchange, who: string) => void]>([
    [
      'a cookie',
      { by: 'cookie', name: 'sid', path: [] },
      ({ request }, who) => request.headers.append('cookie', `a=1; sid=${who}`),
    ],
    [
      'a claim',
      { by: 'claim', name: '', path: ['sub'] },
      (exchange, who) => (exchange.identities = [{ method: 'jwt', consumer: '', groups: [], claims: { sub: who } }]),
    ],
    ['the address', BY_ADDRESS, (exchange, who) => (exchange.clientAddress = who)],
  ])('goes by %s', (_what, assignment, mark) => {
    const bench = benchOf({ candidateShare: 5_000, assignment });
    const keys = ['ada', 'ada', 'bob'].map(who => {
      const exchange = bench.exchangeOf();
      mark(exchange, who);
      bench.send(exchange);
      return exchange.request.headers.get('weir-client-key');
    });
    expect(keys[0]).toBe(keys[1]);
    expect(keys[0]).not.toBe(keys[2]);
  });

  it('goes by the address of a client that has not what is asked for', () => {
    const bench = benchOf({ candidateShare: 5_000, assignment: BY_HEADER });
    const byAddress = benchOf({ candidateShare: 5_000, assignment: BY_ADDRESS });
    const keyIn = (from: SplitBench) => from.send().exchange.request.headers.get('weir-client-key');
    expect(keyIn(bench)).toBe(keyIn(byAddress));
  });
});

describe('the key of a client', () => {
  const assignment = BY_HEADER;
  const sent = (meshSide: Exchange['meshSide'], written: string | undefined, candidateShare = 5_000) => {
    const bench = benchOf({ candidateShare, assignment });
    const exchange = bench.exchangeOf(userOf('ada'));
    exchange.meshSide = meshSide;
    if (written !== undefined) exchange.request.headers.set('weir-client-key', written);
    const { revision } = bench.send(exchange);
    return { key: exchange.request.headers.get('weir-client-key'), revision };
  };

  it('is decided at the edge, whatever the request brings, and sent on as eight digits', () => {
    const { key } = sent(undefined, undefined);
    expect(key).toMatch(/^[0-9a-f]{8}$/);
    expect(sent(undefined, '00000001')).toMatchObject({ key });
  });

  it('is taken of the hop before in the mesh, and sent on as it is', () => {
    const own = sent('caller', undefined);
    const others = ['00000001', '00000002', '00000003', '00000004', '00000005', 'fffffffe'];
    expect(others.map(written => sent('caller', written).key)).toEqual(others);
    expect(new Set([own.revision, ...others.map(written => sent('caller', written).revision)])).toEqual(new Set(['new', 'old']));
  });

  it.each(['1', 'FFFFFFFF', '000000001', 'key'])('is decided anew where %j stands', written => {
    expect(sent('caller', written).key).toBe(sent(undefined, undefined).key);
  });

  it('sends a client to the same side at each hop', () => {
    for (const name of USERS.slice(0, 200)) {
      const edge = benchOf({ candidateShare: 5_000, assignment });
      const { exchange, revision } = edge.send(userOf(name));
      const behind = benchOf({ candidateShare: 5_000, assignment: BY_ADDRESS });
      const next = behind.exchangeOf({ request: { headers: exchange.request.headers.clone() } });
      next.meshSide = 'caller';
      expect(behind.send(next).revision).toBe(revision);
    }
  });
});

describe('the matches of a split', () => {
  const matches: readonly SplitMatch[] = [
    {
      conditions: [
        { by: 'header', name: 'x-beta', path: [], values: ['yes', '1'] },
        { by: 'host', name: '', path: [], values: ['beta.example', 'next.example'] },
      ],
    },
    { conditions: [{ by: 'cookie', name: 'ring', path: [], values: ['0'] }] },
    { conditions: [{ by: 'claim', name: '', path: ['realm', 'roles'], values: ['tester', '7', 'true'] }] },
  ];

  it.each<[string, readonly (readonly [string, string])[], string, boolean]>([
    ['all conditions of one hold', [['x-beta', 'yes']], 'next.example:8080', true],
    ['one of two holds', [['x-beta', 'yes']], 'shop.example', false],
    ['a value is but a part', [['x-beta', 'yes']], 'beta.example.org', false],
    ['another one holds', [['cookie', 'a=b; ring=0']], 'shop.example', true],
    ['nothing is there', [], 'shop.example', false],
  ])('go to the candidate where %s', (_what, fields, authority, isNew) => {
    const headers = HeaderList.of(...fields);
    expect(benchOf({ matches }).send({ request: { headers, authority } }).revision).toBe(isNew ? 'new' : 'old');
  });

  it.each<[string, unknown, boolean]>([
    ['a list with the value', ['user', 'tester'], true],
    ['the value as text', 'tester', true],
    ['a number that is written so', 7, true],
    ['a boolean that is written so', [false, true], true],
    ['another value', 'testers', false],
    ['an object', { tester: 'tester' }, false],
  ])('look at the claims of verified tokens: %s', (_what, roles, isNew) => {
    const bench = benchOf({ matches });
    const exchange = bench.exchangeOf();
    const others = { method: 'jwt', consumer: '', groups: [], claims: { 'realm.roles': 'tester' } } as const;
    exchange.identities = [others, { ...others, claims: { realm: { roles } } }];
    expect(bench.send(exchange).revision).toBe(isNew ? 'new' : 'old');
  });
});

describe('the copies of a split', () => {
  it('are a share of the requests to stable, carry what these carry, and are counted for the candidate', () => {
    const bench = benchOf({ mirrorShare: 3_000, assignment: BY_HEADER });
    for (let i = 0; i < 2_000; i++) bench.send(userOf('ada'));
    expect(Math.abs(bench.copies.length - 600)).toBeLessThanOrEqual(85);
    const copied = bench.upstream.attempts.filter(({ exchange }) => exchange.served.revision === 'new');
    expect(copied).toHaveLength(bench.copies.length);
    const { request } = copied[0]!.exchange;
    expect([request.headers.get('x-user'), request.headers.has('weir-client-key')]).toEqual(['ada', true]);
    copied[0]?.handler.onHead({ status: 500, headers: new HeaderList(), contentLength: 0 });
    expect(bench.report()?.counts.find(({ revision }) => revision === 'new')).toMatchObject({ failed: 1, succeeded: 0 });
  });

  it.each<[string, Parameters<SplitBench['send']>[0], number]>([
    ['GET', { request: { method: 'GET' } }, 1],
    ['HEAD', { request: { method: 'HEAD' } }, 1],
    ['OPTIONS', { request: { method: 'OPTIONS' } }, 1],
    ['POST', { request: { method: 'POST' } }, 0],
    ['GET with a body', { body: new TestBody(3) }, 0],
  ])('of %s are made %#', (_what, init, count) => {
    const bench = benchOf({ mirrorShare: ALL });
    bench.send(init);
    expect(bench.copies).toHaveLength(count);
  });

  it('are of no further attempt, and of no request to the candidate', () => {
    const bench = benchOf({ mirrorShare: ALL, candidateShare: 0 });
    bench.send(bench.send().exchange);
    expect(bench.copies).toHaveLength(1);
    const forNew = benchOf({ mirrorShare: ALL, candidateShare: ALL });
    forNew.send();
    expect(forNew.copies).toHaveLength(0);
  });
});

describe('the sessions of a split', () => {
  const sessionPersistence = { by: 'header', name: 'x-sid', path: '/', lifetimeMs: undefined, isPermanent: false } as const;
  const kept = (bench: SplitBench): string => {
    bench.send();
    const headers = new HeaderList();
    bench.upstream.last.handler.onHead({ status: 200, headers, contentLength: 0 });
    return headers.get('x-sid') ?? '';
  };
  const homeOf = (bench: SplitBench, token: string) =>
    bench.send({ request: { headers: HeaderList.of(['x-sid', token]) } }).exchange.served.endpoint;

  it('go on when it begins, and move with the revision', () => {
    const bench = new SplitBench();
    bench.put({ ...backendOf('shop/catalogue/80', [1, 2], 'shop/catalogue:80'), sessionPersistence });
    const token = kept(bench);
    const home = bench.endpoints.at(-1);
    bench.put(splitBackendOf({}, { sessionPersistence }));
    expect([homeOf(bench, token), homeOf(bench, token)]).toEqual([home, home]);
    bench.put(splitBackendOf({ candidateShare: ALL, step: '2' }, { sessionPersistence }));
    expect(homeOf(bench, token)).toBe('127.0.0.1:11');
  });
});

describe('connections that are carried whole', () => {
  it('go by share, and stay with a revision for all attempts', () => {
    const bench = benchOf({ candidateShare: 3_000, assignment: BY_HEADER });
    const addresses = Array.from({ length: 2_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    const streams = addresses.map(address => bench.reference.current?.forStream(address, 'TCPRoute/shop/db'));
    const isNew = streams.map(stream => stream?.revision === 'new');
    expect(Math.abs(isNew.filter(Boolean).length - 600)).toBeLessThanOrEqual(85);
    expect(addresses.map(address => bench.reference.current?.forStream(address, '').revision === 'new')).toEqual(isNew);
    const stream = streams[isNew.indexOf(false)];
    const first = stream?.choose('10.0.0.1');
    expect(new Set([first?.key, stream?.choose('10.0.0.1', first?.index)?.key])).toEqual(new Set(['127.0.0.1:1', '127.0.0.1:2']));
  });

  it('are counted by whether endpoints were reached', () => {
    const bench = benchOf({ candidateShare: ALL });
    const stream = bench.reference.current?.forStream('10.0.0.1', 'TCPRoute/shop/db');
    // What is dialled only to hear who speaks first counts nowhere.
    stream?.noteConnect(0, true);
    stream?.noteConnect(0, false);
    stream?.noteAttempt?.(true);
    stream?.noteAttempt?.(true);
    stream?.noteAttempt?.(false);
    const counted = { route: 'TCPRoute/shop/db', revision: 'new', succeeded: 2, failed: 1 };
    expect(bench.report()?.counts).toMatchObject([counted]);
  });
});

/** Ports of endpoints whose last pool was given back. */
function watchRetired({ registry }: SplitBench): readonly string[] {
  const retired: string[] = [];
  const users = new Map<number, number>();
  const count = (port: number, change: number): void => {
    users.set(port, (users.get(port) ?? 0) + change);
    if (users.get(port) === 0) retired.push(String(port));
  };
  const { acquire, release } = registry;
  registry.acquire = (endpoint, needs) => {
    count(endpoint.port, 1);
    return acquire.call(registry, endpoint, needs);
  };
  registry.release = (endpoint, needs) => {
    count(endpoint.port, -1);
    release.call(registry, endpoint, needs);
  };
  return retired;
}

describe('a change of a split', () => {
  it.each([
    ['plaintext', undefined],
    ['a PROXY header', 'v1' as const],
  ])('leaves the pools of all endpoints that stay as they are, with %s', (_what, proxyProtocol) => {
    const bench = new SplitBench();
    const retired = watchRetired(bench);
    const plainOf = (ports: readonly number[]) => ({
      ...backendOf('shop/catalogue/80', ports, 'shop/catalogue:80'),
      proxyProtocol,
    });
    bench.put(plainOf([1, 2]));
    const { call, handler } = bench.send();
    bench.put(splitBackendOf({ step: '0' }, { proxyProtocol }));
    for (const [step, candidateShare] of [5_000, 7_000, ALL].entries()) {
      bench.put(splitBackendOf({ step: `${step}`, candidateShare }, { proxyProtocol }));
      bench.countOfNew(20);
    }
    expect(retired).toEqual([]);
    expect([bench.upstream.attempts[0]?.isCancelled, handler.events]).toEqual([false, []]);
    call.cancel();
    bench.put(plainOf([11]));
    expect(retired.toSorted()).toEqual(['1', '2']);
    expect([bench.send().revision, bench.report()]).toEqual(['', undefined]);
  });
});

describe('a worker beside another', () => {
  it('shares nothing but the fuse', () => {
    const memory = new SharedMemory();
    const [left, right] = [new SplitBench(memory, 0), new SplitBench(memory, 1)];
    left.put(splitBackendOf({ candidateShare: ALL }), right);
    left.answer(200);
    expect([left.report()?.counts.length, right.report()?.counts.length]).toEqual([1, 0]);
  });
});
