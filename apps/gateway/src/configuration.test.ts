// SPDX-License-Identifier: Apache-2.0
import type { Clock, Problem } from '@weir/base';
import type { Compilation, ResolvedRollout } from '@weir/policy/compile';
import type { Port, Resource } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';
import { describe, expect, it } from 'vitest';
import { Configuration } from './configuration.ts';
import type { LoadedDocuments } from './configuration.ts';
import type { GatewayEvent } from './edge-options.ts';

const clock: Clock = {
  nowMs: () => 0,
  wallMs: () => 0,
  after: () => ({ cancel: () => undefined }),
  every: () => ({ cancel: () => undefined }),
};
const port: Port = {
  kind: 'port',
  name: 'port/::1/80',
  address: '::1',
  port: 80,
  protocol: 'HTTP',
  proxyProtocolFrom: [],
  listeners: [],
};
const broken: Problem = { severity: 'error', code: 'x', message: 'broken' };
const odd: Problem = { severity: 'warning', code: 'y', message: 'odd' };

function loaded(part: Partial<LoadedDocuments> = {}): LoadedDocuments {
  return { documents: new Map(), problems: [], changedKeys: [], removedKeys: [], ignoredCount: 0, ...part };
}

interface Step {
  readonly upserts?: readonly Resource[];
  readonly rollouts?: Compilation['rollouts'];
  readonly problems?: readonly Problem[];
}

/** A configuration whose compiler says what the steps say, and what became of it. */
function createScene(
  steps: readonly Step[],
  rejections: readonly Rejection[] = [],
  arriving: Promise<unknown> = Promise.resolve(),
) {
  const events: GatewayEvent[] = [];
  const pushed: number[] = [];
  const synced: (readonly string[])[] = [];
  const reloads: boolean[] = [];
  let version = 0;
  const configuration = new Configuration({
    clock,
    compiler: {
      update: (): Compilation => {
        const { upserts = [], problems = [], rollouts = new Map() } = steps[version] ?? {};
        version += 1;
        const resources = new Map(upserts.map(resource => [resource.name, resource]));
        return {
          snapshot: { version, resources },
          transaction: { version, upserts, removes: [] },
          statuses: new Map(),
          rollouts,
          problems,
          documents: new Map(),
        };
      },
    },
    pool: {
      push: async transaction => {
        pushed.push(transaction.version);
        await arriving;
        return rejections;
      },
    },
    ports: { sync: async wanted => void synced.push(wanted.map(({ name }) => name)) },
    metrics: { reloaded: isWhole => void reloads.push(isWhole) },
    onEvent: event => events.push(event),
  });
  return { configuration, events, pushed, synced, reloads };
}

/** As `createScene`, with workers that take nothing until `arrive` is called. */
function createSlowScene(steps: readonly Step[]) {
  const { promise, resolve: arrive } = Promise.withResolvers<undefined>();
  return { ...createScene(steps, [], promise), arrive: () => arrive(undefined) };
}

function rolloutsAt(step: string): Compilation['rollouts'] {
  return new Map([['shop/catalogue', { document: { status: { split: { step } } } } as unknown as ResolvedRollout]]);
}

describe('the configuration', () => {
  it('gives the first documents to the workers and opens their ports, and hands over what is wrong', async () => {
    const { configuration, events, pushed, synced, reloads } = createScene([{ upserts: [port], problems: [odd] }]);
    expect(await configuration.begin(loaded({ problems: [broken] }))).toStrictEqual([broken, odd]);
    expect({ events, pushed, synced, reloads }).toStrictEqual({
      events: [],
      pushed: [1],
      synced: [['port/::1/80']],
      reloads: [false],
    });
  });

  it('tells of a change when all workers serve it', async () => {
    const { configuration, events, pushed } = createScene([{}, { upserts: [port] }]);
    await configuration.begin(loaded());
    await configuration.change(
      loaded({ changedKeys: ['Gateway/shop/edge', 'GatewayClass//weir'], removedKeys: ['HTTPRoute/shop/cart'] }),
    );
    expect(pushed).toStrictEqual([1, 2]);
    expect(events).toStrictEqual([
      {
        kind: 'changed',
        upserted: ['Gateway shop/edge', 'GatewayClass weir'],
        removed: ['HTTPRoute shop/cart'],
        durationMs: 0,
        version: 2,
        resourceCount: 1,
        ruleCount: 0,
      },
    ]);
  });

  it('tells of errors once, and of their end', async () => {
    const { configuration, events, pushed, reloads } = createScene([{}]);
    await configuration.begin(loaded());
    await configuration.change(loaded({ problems: [broken] }));
    await configuration.change(loaded({ problems: [broken] }));
    await configuration.change(loaded());
    expect(events).toStrictEqual([{ kind: 'problems', problems: [broken], unread: [broken] }, { kind: 'recovered' }]);
    expect(pushed).toStrictEqual([1]);
    expect(reloads).toStrictEqual([true, false, false, true]);
  });

  it('names what the workers could not take', async () => {
    const rejections = [{ resource: 'port/::1/80', reason: 'no such certificate' }];
    const { configuration, events } = createScene([{}, { upserts: [port] }], rejections);
    await configuration.begin(loaded());
    await configuration.change(loaded());
    await configuration.change(loaded());
    expect(events).toStrictEqual([{ kind: 'rejected', rejections }]);
    const message = 'port/::1/80 stays at its previous version: no such certificate';
    expect(configuration.problems).toStrictEqual([{ severity: 'error', code: 'not-taken', message }]);
  });

  it('takes nothing for live before all that was sent earlier is', async () => {
    const rollouts = rolloutsAt('s1');
    const { configuration, arrive } = createSlowScene([{ upserts: [port], rollouts }, { rollouts }]);
    await configuration.begin(loaded());
    const change = configuration.change(loaded());
    await Promise.resolve();
    expect(configuration.splitArrival('shop/catalogue')).toMatchObject({ step: 's1', isTaken: false });
    arrive();
    await change;
    expect(configuration.splitArrival('shop/catalogue')).toMatchObject({ step: 's1', isTaken: true });
  });
});
