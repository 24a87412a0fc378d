// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEASES } from '../write/builtin-resources.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
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

function join(api: Pick<ScriptedObjects, 'create' | 'get' | 'replace'>, clock: ManualClock, identity: string) {
  const said: string[] = [];
  const signals: AbortSignal[] = [];
  const election = new LeaderElection({
    ...{ writer: api, clock, random: createScriptedRandom(0.5), identity },
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
        const one = (identity: string) => join(brokenFor(api, { clock, fault: () => broken.get(identity) }), clock, identity);
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

/** The same API server over a connection that fails in ways of its own. */
function brokenFor(
  api: ScriptedObjects,
  { clock, fault }: { readonly clock: ManualClock; readonly fault: () => string | undefined },
): Pick<ScriptedObjects, 'create' | 'get' | 'replace'> {
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
