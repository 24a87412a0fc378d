// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEASES } from '../write/builtin-resources.ts';
import type { WrittenObject } from '../write/object-writer.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import type { LeaseWitness } from './abandoned-lease.ts';
import { LeaderElection } from './leader-election.ts';

const PLACE = { resource: LEASES, namespace: 'weir-system', name: 'weir-control-plane' };

/** Lets everything come to rest that does not wait for the clock. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}

/** In steps that are shorter than any pause. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 500) {
    await rest();
    clock.advance(500);
  }
  await rest();
}

type LeaseApi = Pick<ScriptedObjects, 'create' | 'get' | 'replace'> & { readonly witness?: LeaseWitness };

function join(api: LeaseApi, clock: ManualClock, identity: string) {
  const said: string[] = [];
  const signals: AbortSignal[] = [];
  const election = new LeaderElection({
    ...{ writer: api, witness: api.witness, clock, random: createScriptedRandom(0.5), identity },
    ...{ namespace: PLACE.namespace, name: PLACE.name },
    onStartedLeading: signal => {
      said.push('started');
      signals.push(signal);
    },
    onStoppedLeading: () => void said.push('stopped'),
    onNote: text => void said.push(text),
  });
  const done = election.run();
  return { election, said, signals, done };
}

describe('a lease', () => {
  it('is made by who comes first, and others wait', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock(Date.UTC(2026, 0, 1))];
    const first = join(api, clock, 'a');
    await rest();
    const second = join(api, clock, 'b');
    await pass(clock, 60_000);
    expect([first.said, second.said, second.election.leader]).toEqual([['started'], [], 'a']);
    expect(api.find(PLACE)?.['spec']).toEqual({
      ...{ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 },
      ...{ acquireTime: '2026-01-01T00:00:00.000000Z', renewTime: '2026-01-01T00:01:00.000000Z' },
    });
  });

  it('is released by a leader that stops: the next one need not wait for its end', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const first = join(api, clock, 'a');
    await rest();
    const second = join(api, clock, 'b');
    await rest();
    await first.election.stop();
    await first.done;
    await pass(clock, 3000);
    expect([first.said, second.said]).toEqual([['started', 'stopped'], ['started']]);
    expect(api.find(PLACE)?.['spec']).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('that cannot be renewed ends for its holder before another one starts', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const first = join(api, clock, 'a');
    await rest();
    const second = join(api, clock, 'b');
    await pass(clock, 4000);
    api.before = () => {
      throw new Error('connect ECONNREFUSED');
    };
    await pass(clock, 11_000);
    const refused = 'the lease weir-system/weir-control-plane cannot be had: connect ECONNREFUSED';
    expect([first.said, first.signals[0]?.aborted]).toEqual([['started', refused, 'stopped'], true]);
    expect(second.said).toEqual([refused]);
    api.before = () => undefined;
    await pass(clock, 20_000);
    expect([first.election.isLeading, second.election.isLeading].filter(Boolean)).toHaveLength(1);
  });

  it('ends by the clock, also where no timer has fired', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const stuck = { ...clock, after: () => ({ cancel: () => undefined }) };
    const first = join(api, stuck, 'a');
    await rest();
    clock.advance(9999);
    expect(first.election.isLeading).toBe(true);
    clock.advance(1);
    expect(first.election.isLeading).toBe(false);
  });

  it('whose renewal hangs is asked for again in time', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const first = join(api, clock, 'a');
    await pass(clock, 1000);
    let isHanging = true;
    api.before = () =>
      isHanging ? new Promise<void>((_, reject) => void clock.after(4000, () => reject(new Error('hung')))) : undefined;
    await pass(clock, 3000);
    isHanging = false;
    await pass(clock, 30_000);
    expect(first.said.filter(text => text === 'stopped')).toEqual([]);
  });

  it('is of a clock of ones own: a holder whose clock is years ahead does not keep it for years', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' };
    api.put(PLACE, { spec });
    const next = join(api, clock, 'b');
    await pass(clock, 14_000);
    expect(next.said).toEqual([]);
    await pass(clock, 5000);
    expect(next.said).toEqual(['started']);
  });

  it('whose Pod is gone is taken as soon as it cannot lead any more, by the clock of the API server', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock(Date.UTC(2026, 0, 1))];
    const spec = { holderIdentity: 'gone', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' };
    const at = (ms: number): object => ({
      spec,
      metadata: { ...PLACE_NAMES, managedFields: [{ time: new Date(ms).toISOString() }] },
    });
    const asked: string[] = [];
    const witness: LeaseWitness = {
      wallMs: () => Promise.resolve(clock.wallMs()),
      isGone: holder => Promise.resolve(asked.push(holder) > 0 && holder === 'gone'),
    };
    const withWitness = { ...bound(api), witness };
    api.put(PLACE, at(clock.wallMs() - 13_000));
    const next = join(withWitness, clock, 'b');
    await rest();
    expect([next.said, asked]).toEqual([['started'], ['gone']]);
    await next.election.stop();
    // It may be led by still.
    api.put(PLACE, at(clock.wallMs() - 5_000));
    const late = join(withWitness, clock, 'c');
    await pass(clock, 7_500);
    expect(late.said).toEqual([]);
    await pass(clock, 2_500);
    expect(late.said).toEqual(['started']);
  });

  it('whose Pod is there ends by time alone', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock(Date.UTC(2026, 0, 1))];
    const spec = { holderIdentity: 'there', leaseDurationSeconds: 15 };
    api.put(PLACE, { spec, metadata: { ...PLACE_NAMES, managedFields: [{ time: '2025-01-01T00:00:00Z' }] } });
    const witness = { wallMs: () => Promise.resolve(clock.wallMs()), isGone: () => Promise.resolve(false) };
    const next = join({ ...bound(api), witness }, clock, 'b');
    await pass(clock, 14_000);
    expect(next.said).toEqual([]);
  });

  it('whose holder was told nothing of its renewal is still its own', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    api.after = request => {
      if (request.startsWith('create')) throw new Error('the connection broke off');
    };
    const first = join(api, clock, 'a');
    await pass(clock, 3000);
    expect(first.said.at(-1)).toBe('started');
  });

  it('leaves nothing running', async () => {
    const [api, clock] = [new ScriptedObjects(), createManualClock()];
    const first = join(api, clock, 'a');
    await rest();
    await first.election.stop();
    await first.done;
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it('never has two that lead, whatever breaks on the way', async () => {
    const fault = fc.record({
      who: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('refuse' as const, 'lose' as const, 'hang' as const, 'heal' as const, 'stop' as const),
      forMs: fc.integer({ min: 0, max: 25_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 12 }), async faults => {
        const clock = createManualClock();
        const api = new ScriptedObjects();
        const broken = new Map<string, string>();
        // Their Pods are gone by force, all the time: nothing that was said of them is of any use.
        const isGone = (): Promise<boolean> => Promise.resolve(true);
        const witness: LeaseWitness = { isGone, wallMs: () => Promise.resolve(secondOf(clock)) };
        const stamped = stampWrites(api, clock);
        const one = (identity: string) =>
          join({ ...brokenFor(stamped, { clock, fault: () => broken.get(identity) }), witness }, clock, identity);
        const all = new Map(['a', 'b', 'c'].map(identity => [identity, one(identity)]));
        for (const { who, kind, forMs } of faults) {
          if (kind === 'stop') await Promise.race([all.get(who)?.election.stop(), pass(clock, 5000)]);
          broken.set(who, kind);
          for (let passedMs = 0; passedMs < forMs; passedMs += 500) {
            await pass(clock, 500);
            expect([...all.values()].filter(({ election }) => election.isLeading).length).toBeLessThan(2);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const PLACE_NAMES = { namespace: PLACE.namespace, name: PLACE.name };

/** As API servers tell time. */
function secondOf(clock: ManualClock): number {
  return Math.floor(clock.wallMs() / 1000) * 1000;
}

function bound(api: ScriptedObjects): Omit<LeaseApi, 'witness'> {
  return {
    get: (place, signal) => api.get(place, signal),
    create: (place, object, signal) => api.create(place, object, signal),
    replace: (place, object, signal) => api.replace(place, object, signal),
  };
}

/** Notes when each write took effect, as an API server does. */
function stampWrites(api: ScriptedObjects, clock: ManualClock): Omit<LeaseApi, 'witness'> {
  const stamp = (object: WrittenObject): WrittenObject => {
    const managedFields = [{ time: new Date(secondOf(clock)).toISOString() }];
    return { ...object, metadata: { ...object.metadata, managedFields } };
  };
  const { get, create, replace } = bound(api);
  return {
    get,
    create: (place, object, signal) => create(place, stamp(object), signal),
    replace: (place, object, signal) => replace(place, stamp(object), signal),
  };
}

/** The same API server over a connection that fails in ways of its own. */
function brokenFor(
  api: Omit<LeaseApi, 'witness'>,
  { clock, fault }: { readonly clock: ManualClock; readonly fault: () => string | undefined },
): Omit<LeaseApi, 'witness'> {
  const through = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    const kind = fault();
    if (kind === 'refuse') throw new Error('refused');
    if (kind === 'hang') await new Promise<void>(resolve => void clock.after(12_000, resolve));
    const value = await call();
    if (kind === 'lose') throw new Error('lost');
    return value;
  };
  return {
    get: (place, signal) => through(() => api.get(place, signal)),
    create: (place, object, signal) => through(() => api.create(place, object, signal)),
    replace: (place, object, signal) => through(() => api.replace(place, object, signal)),
  };
}
