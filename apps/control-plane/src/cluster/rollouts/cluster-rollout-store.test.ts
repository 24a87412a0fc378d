// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '@weir/kubernetes';
import { initialState, statusOf } from '@weir/rollouts';
import type { RolloutState } from '@weir/rollouts';
import { describe, expect, it } from 'vitest';
import { ClusterRolloutStore } from './cluster-rollout-store.ts';
import { ScriptedRollouts } from './scripted-rollouts.ts';

const KEY = 'shop/cart';
const stateAt = (sequence: number): RolloutState => ({ ...initialState(), sequence, message: `step ${sequence}` });

/** A store of one replica that leads. */
function open(api: ScriptedRollouts, read: readonly string[] = [KEY]) {
  const store = new ClusterRolloutStore({ reader: api, writer: api });
  const [term, beaten] = [new AbortController(), new Array<string>()];
  const clock = { isLeading: true };
  const documentOf = (key: string) => (read.includes(key) ? { generation: 7 } : undefined);
  const isLeading = (): boolean => clock.isLeading;
  store.lead({ signal: term.signal, isLeading, documentOf, onBeaten: key => void beaten.push(key) });
  return { store, term, clock, beaten };
}

function apiWith(status: unknown = {}): ScriptedRollouts {
  const api = new ScriptedRollouts();
  api.put(KEY, status);
  return api;
}

describe('the store of Rollouts in a cluster', () => {
  it('writes a state into the status, which whoever leads next reads', async () => {
    const api = apiWith();
    const { store } = open(api);
    expect(await store.load()).toEqual(new Map());
    await store.save(KEY, stateAt(1));
    await store.save(KEY, stateAt(2));
    expect(api.asked).toEqual(['list', `apply ${KEY}`, `apply ${KEY}`]);
    expect(await open(api).store.load()).toEqual(new Map([[KEY, stateAt(2)]]));
  });

  it('says which generation of the document was looked at', async () => {
    const api = apiWith();
    const { store } = open(api);
    const sinceMs = 0;
    await store.save(KEY, { ...stateAt(1), conditions: [{ type: 'Stalled', status: 'False', reason: 'Time', sinceMs }] });
    expect(api.statusOf(KEY)).toMatchObject({ conditions: [{ type: 'Stalled', observedGeneration: 7 }] });
  });

  it('goes on where others have written the object, and not its state', async () => {
    const api = apiWith();
    const { store, beaten } = open(api);
    await store.load();
    await store.save(KEY, stateAt(1));
    api.put(KEY, { ...statusOf(stateAt(1), 7), conditions: [{ type: 'Accepted', status: 'True' }] });
    await store.save(KEY, stateAt(2));
    expect(api.asked.slice(-3)).toEqual([`apply ${KEY}`, `get ${KEY}`, `apply ${KEY}`]);
    expect([api.statusOf(KEY), beaten]).toMatchObject([{ sequence: 2 }, []]);
  });

  it('writes over no state that another has written, until it has read it', async () => {
    const api = apiWith();
    const [first, second] = [open(api), open(api)];
    await first.store.load();
    await second.store.load();
    await first.store.save(KEY, stateAt(1));
    await expect(second.store.save(KEY, stateAt(9))).rejects.toThrow('somebody else has written another state');
    expect([api.statusOf(KEY), second.beaten]).toMatchObject([{ sequence: 1 }, [KEY]]);
    await second.store.save(KEY, stateAt(2));
    expect(api.statusOf(KEY)).toMatchObject({ sequence: 2 });
  });

  it('begins nothing anew at an object that has a state which it has not read', async () => {
    const api = new ScriptedRollouts();
    const { store, beaten } = open(api);
    await store.load();
    api.put(KEY, statusOf(stateAt(5), 7));
    await expect(store.save(KEY, stateAt(0))).rejects.toThrow('somebody else');
    expect([api.statusOf(KEY), beaten]).toMatchObject([{ sequence: 5 }, [KEY]]);
  });

  it('tells that an object was made anew, which has no state', async () => {
    const api = apiWith(statusOf(stateAt(3), 7));
    const { store, beaten } = open(api);
    await store.load();
    api.objects.clear();
    api.put(KEY);
    await expect(store.save(KEY, stateAt(3))).rejects.toThrow('somebody else');
    expect(beaten).toEqual([KEY]);
  });

  it('looks whether what was not answered was done', async () => {
    const api = apiWith();
    const { store, beaten } = open(api);
    await store.load();
    api.after = request => {
      if (request.startsWith('apply')) throw new Error('the connection is gone');
    };
    await expect(store.save(KEY, stateAt(1))).rejects.toThrow('the connection is gone');
    api.after = () => undefined;
    await store.save(KEY, stateAt(2));
    expect([api.statusOf(KEY), beaten]).toMatchObject([{ sequence: 2 }, []]);
  });

  it('takes nothing for done that was refused', async () => {
    const api = apiWith();
    const { store } = open(api);
    await store.load();
    api.before = request => {
      if (request.startsWith('apply')) throw new ApiError(403, { reason: 'Forbidden', message: 'no right' });
    };
    await expect(store.save(KEY, stateAt(1))).rejects.toThrow('no right');
    api.before = () => undefined;
    api.put(KEY, statusOf(stateAt(1), 7));
    await expect(store.save(KEY, stateAt(2))).rejects.toThrow('somebody else');
  });

  it('gives up where the object is written again and again', async () => {
    const api = apiWith();
    const { store } = open(api);
    await store.load();
    api.before = request => {
      if (request.startsWith('apply')) api.put(KEY);
    };
    await expect(store.save(KEY, stateAt(1))).rejects.toThrow('again and again');
    expect(api.asked.filter(request => request.startsWith('apply'))).toHaveLength(5);
  });

  it('writes over nothing that it was still writing when it read what there is', async () => {
    const api = apiWith();
    const { store, beaten } = open(api);
    await store.load();
    const late = Promise.withResolvers<undefined>();
    const apply = api.applyStatus.bind(api);
    api.applyStatus = async (...request) => {
      await late.promise;
      return apply(...request);
    };
    const saving = store.save(KEY, stateAt(1));
    await store.load();
    late.resolve(undefined);
    await saving;
    await expect(store.save(KEY, stateAt(9))).rejects.toThrow('somebody else');
    expect([api.statusOf(KEY), beaten]).toMatchObject([{ sequence: 1 }, [KEY]]);
  });

  it('finds what others have written or taken out, and nothing of its own', async () => {
    const api = apiWith(statusOf(stateAt(3), 7));
    const { store, beaten } = open(api);
    await store.load();
    await store.save(KEY, stateAt(4));
    await store.audit();
    expect(beaten).toEqual([]);
    api.put(KEY);
    await store.audit();
    await store.audit();
    expect(beaten).toEqual([KEY]);
    await store.save(KEY, stateAt(1));
    expect(api.statusOf(KEY)).toMatchObject({ sequence: 1 });
  });

  it('takes nothing for written by others that it is writing', async () => {
    const api = apiWith();
    const { store, beaten } = open(api);
    await store.load();
    const audit = Promise.withResolvers<undefined>();
    const apply = api.applyStatus.bind(api);
    api.applyStatus = async (...request) => {
      const written = await apply(...request);
      await audit.promise;
      return written;
    };
    const saving = store.save(KEY, stateAt(1));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await store.audit();
    audit.resolve(undefined);
    await saving;
    expect(beaten).toEqual([]);
  });

  it('writes nothing when it was at a standstill for longer than it leads, and nobody has told it yet', async () => {
    const api = apiWith();
    const { store, clock } = open(api);
    await store.load();
    clock.isLeading = false;
    await expect(store.save(KEY, stateAt(1))).rejects.toThrow('does not lead any more');
    expect(api.asked).toEqual(['list']);
  });

  it('writes nothing when its term is over', async () => {
    const api = apiWith();
    const { store, term } = open(api);
    await store.load();
    term.abort(new Error('the lease is over'));
    await expect(store.save(KEY, stateAt(1))).rejects.toThrow('the lease is over');
    await expect(store.load()).rejects.toThrow('the lease is over');
    expect(api.asked).toEqual(['list']);
  });
});

describe('the state of a Rollout that is not driven any more', () => {
  it('goes where the document is there', async () => {
    const api = apiWith(statusOf(stateAt(3), 7));
    const { store } = open(api);
    await store.load();
    await store.save(KEY, undefined);
    expect(api.statusOf(KEY)).toEqual({});
    await store.save(KEY, stateAt(1));
    expect(api.statusOf(KEY)).toMatchObject({ sequence: 1 });
  });

  it('stays where the document cannot be read', async () => {
    const api = apiWith(statusOf(stateAt(3), 7));
    const { store } = open(api, []);
    await store.load();
    await store.save(KEY, undefined);
    expect(api.statusOf(KEY)).toMatchObject({ sequence: 3 });
  });

  it('is of no account where the object is gone', async () => {
    const api = apiWith(statusOf(stateAt(3), 7));
    const { store } = open(api);
    await store.load();
    api.objects.clear();
    await store.save(KEY, stateAt(4));
    await store.save(KEY, undefined);
    expect(api.objects.size).toBe(0);
  });
});
