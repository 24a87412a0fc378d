// SPDX-License-Identifier: Apache-2.0
import type { RouteStatus, Status } from '@weir/policy/compile';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/cluster-api.ts';
import type { ApiResource } from '../api/cluster-api.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import { placeFromKey } from './status-place.ts';
import { StatusWriter } from './status-writer.ts';

const keyOf = (index: number): string => `HTTPRoute/shop/route-${index}`;

function accepted(status: 'False' | 'True', message = ''): RouteStatus {
  const condition = { type: 'Accepted', status, reason: 'Accepted', message, observedGeneration: 1, lastTransitionTime: 'now' };
  const parentRef = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
  return { parents: [{ parentRef, controllerName: 'weir.dev/gateway-controller', conditions: [condition] }] };
}

function open(routeCount: number) {
  const api = new ScriptedObjects();
  const clock = createManualClock();
  const statuses = new Map<string, Status>();
  const notes: string[] = [];
  const found: string[] = [];
  const known = new Set(Array.from({ length: 400 }, (_, index) => keyOf(index)));
  /** By kind: why it cannot be listed. */
  const unlisted = new Map<string, Error>();
  const listed: string[] = [];
  for (let index = 0; index < routeCount; index++) api.put(placeFromKey(keyOf(index))!);
  const writer = new StatusWriter({
    ...{ writer: api, clock, random: createScriptedRandom(0.5) },
    source: {
      ...{ keys: () => statuses.keys(), status: key => statuses.get(key), isKnown: key => known.has(key) },
      onFound: key => void found.push(key),
    },
    reader: {
      list: async (resource: ApiResource) => {
        listed.push(resource.kind);
        const reason = unlisted.get(resource.kind);
        if (reason !== undefined) throw reason;
        return Promise.resolve({ items: api.all(resource), resourceVersion: '1', next: undefined });
      },
    },
    onNote: text => void notes.push(text),
  });
  const rest = async (): Promise<void> => {
    for (let turn = 0; turn < 400; turn++) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      await rest();
      clock.advance(50);
    }
    await rest();
  };
  const statusOf = (index: number): unknown => api.find(placeFromKey(keyOf(index))!)?.['status'];
  return { api, clock, statuses, notes, found, known, unlisted, listed, writer, rest, pass, statusOf };
}

describe('statuses', () => {
  it('are written by who leads, and by nobody else', async () => {
    const { statuses, writer, pass, api, statusOf } = open(1);
    statuses.set(keyOf(0), accepted('True'));
    writer.touch();
    await pass(1000);
    expect(api.asked).toEqual([]);
    const term = new AbortController();
    writer.lead(term.signal);
    await pass(1000);
    expect([api.written, statusOf(0)]).toEqual([[`applyStatus ${keyOf(0)}`], accepted('True')]);
    term.abort();
    statuses.set(keyOf(0), accepted('False'));
    writer.touch();
    await pass(1000);
    expect(api.written).toHaveLength(1);
  });

  it('that the cluster has are not written, also not by the next leader', async () => {
    const { statuses, writer, pass, api, found } = open(3);
    for (let index = 0; index < 3; index++) statuses.set(keyOf(index), accepted('True'));
    const term = new AbortController();
    writer.lead(term.signal);
    await pass(1000);
    term.abort();
    writer.lead(new AbortController().signal);
    writer.touch();
    await pass(1000);
    expect([api.written.length, api.asked.length]).toEqual([3, 6]);
    expect(found).toEqual([0, 1, 2, 0, 1, 2].map(keyOf));
  });

  it('are written once for many changes at a time', async () => {
    const { statuses, writer, pass, clock, api, statusOf } = open(1);
    writer.lead(new AbortController().signal);
    await pass(200);
    for (let edit = 0; edit < 10; edit++) {
      statuses.set(keyOf(0), accepted('True', `edit ${edit}`));
      writer.touch([keyOf(0)]);
      clock.advance(5);
    }
    await pass(500);
    expect([api.written.length, statusOf(0)]).toEqual([1, accepted('True', 'edit 9')]);
  });

  it('are written 100 at once, and then 50 a second', async () => {
    const { statuses, writer, pass, api } = open(400);
    for (let index = 0; index < 400; index++) statuses.set(keyOf(index), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(400);
    expect(api.written.length).toBeGreaterThanOrEqual(100);
    expect(api.written.length).toBeLessThan(125);
    await pass(2000);
    expect(api.written.length).toBeGreaterThan(190);
    expect(api.written.length).toBeLessThan(225);
    await pass(5000);
    expect(new Set(api.written).size).toBe(400);
  });

  it('are not written where what they tell is unknown again by their turn, but once it is known', async () => {
    const { statuses, known, writer, pass, api } = open(200);
    for (let index = 0; index < 200; index++) statuses.set(keyOf(index), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(400);
    known.delete(keyOf(199));
    await pass(5000);
    expect([api.written.length, api.written.includes(`applyStatus ${keyOf(199)}`)]).toEqual([199, false]);
    known.add(keyOf(199));
    writer.touch([keyOf(199)]);
    await pass(500);
    expect(api.written.at(-1)).toBe(`applyStatus ${keyOf(199)}`);
  });

  it('of Gateways do not wait for those of routes', async () => {
    const { statuses, known, writer, pass, api } = open(400);
    for (let index = 0; index < 400; index++) statuses.set(keyOf(index), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(1000);
    const key = 'Gateway/shop/edge';
    api.put(placeFromKey(key)!);
    known.add(key);
    statuses.set(key, { conditions: [], listeners: [], addresses: [] });
    const before = api.written.length;
    writer.touch([key]);
    await pass(300);
    expect(before).toBeLessThan(200);
    expect(api.written).toContain(`applyStatus ${key}`);
    expect(api.written.length).toBeLessThan(300);
  });

  it('are put together anew where somebody wrote the object in between', async () => {
    const { statuses, writer, pass, api, statusOf, notes } = open(1);
    const theirs = { parentRef: { name: 'other' }, controllerName: 'example.com/other', conditions: [] };
    let count = 0;
    api.before = request => {
      if (!request.startsWith('applyStatus')) return;
      count += 1;
      if (count === 1) api.put(placeFromKey(keyOf(0))!, { status: { parents: [theirs] } });
    };
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(3000);
    expect([count, notes]).toEqual([2, []]);
    expect(statusOf(0)).toEqual({ parents: [theirs, ...accepted('True').parents] });
  });

  it('that are refused are tried again ever less often, and at once when they are others', async () => {
    const { statuses, writer, pass, api, notes } = open(1);
    let isRefused = true;
    api.before = request => {
      if (isRefused && request.startsWith('applyStatus')) throw new ApiError(422, { reason: 'Invalid', message: 'too long' });
    };
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    for (let turn = 0; turn < 60; turn++) {
      await pass(1000);
      writer.touch();
    }
    expect(api.written.length).toBeGreaterThan(4);
    expect(api.written.length).toBeLessThan(10);
    expect(notes).toEqual([`the status of ${keyOf(0)} cannot be written, and is tried again: too long`]);
    isRefused = false;
    statuses.set(keyOf(0), accepted('False'));
    const before = api.written.length;
    writer.touch();
    await pass(200);
    expect([api.written.length - before, writer.waitingCount]).toEqual([1, 0]);
  });

  it('are taken back when Weir has nothing to say any more, also what an earlier leader said', async () => {
    const { statuses, writer, pass, api, statusOf } = open(2);
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    const managedFields = [
      { manager: 'weir', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': { 'f:parents': {} } } },
    ];
    api.put(placeFromKey(keyOf(1))!, { status: accepted('True'), metadata: { managedFields } });
    await pass(500);
    expect(statusOf(1)).toEqual({ parents: [] });
    statuses.clear();
    writer.touch();
    await pass(500);
    expect([statusOf(0), api.written.length]).toEqual([{ parents: [] }, 3]);
  });

  it('that somebody wrote over come back', async () => {
    const { statuses, writer, pass, clock, api, statusOf } = open(1);
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(500);
    api.put(placeFromKey(keyOf(0))!, { status: { parents: [] } });
    clock.advance(600_000);
    await pass(500);
    expect(statusOf(0)).toEqual(accepted('True'));
  });

  it('of an object that was made again under its name are written again, though they say the same', async () => {
    const { statuses, writer, pass, api, statusOf } = open(1);
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(1000);
    api.put(placeFromKey(keyOf(0))!, { status: undefined });
    writer.touch();
    await pass(1000);
    expect(statusOf(0)).toBeUndefined();
    writer.renew([keyOf(0), 'Secret/shop/of-no-status']);
    await pass(1000);
    expect(statusOf(0)).toEqual(accepted('True'));
  });

  it('of a kind that cannot be listed are not written, and those of all others are', async () => {
    const { statuses, known, unlisted, writer, pass, api, found, notes } = open(1);
    const key = 'GatewayClass//weir';
    api.put(placeFromKey(key)!);
    known.add(key);
    for (const kind of ['GatewayClass', 'TrafficPolicy']) {
      unlisted.set(kind, new ApiError(403, { reason: 'Forbidden', message: `may not list ${kind}` }));
    }
    statuses.set(key, { conditions: [...(accepted('True').parents[0]?.conditions ?? [])] });
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(1000);
    writer.renew([key]);
    writer.touch();
    // Each status that is written says that writing goes well, and not that the kind can be listed.
    for (let edit = 0; edit < 20; edit++) {
      statuses.set(keyOf(0), accepted('True', `edit ${edit}`));
      writer.touch();
      await pass(5000);
    }
    expect(new Set(api.written)).toEqual(new Set([`applyStatus ${keyOf(0)}`]));
    expect(notes).toEqual([
      'the statuses of gatewayclasses cannot be read, and are tried again: may not list GatewayClass',
      'the statuses of trafficpolicies cannot be read, and are tried again: may not list TrafficPolicy',
    ]);
    expect(found).toEqual([keyOf(0)]);
    unlisted.clear();
    await pass(60_000);
    expect([found.at(-1), api.written.at(-1)]).toEqual([key, `applyStatus ${key}`]);
  });

  it('of a kind that cannot be listed are not looked for twice at a time, and what is in the way is told again after it was mended', async () => {
    const { unlisted, listed, writer, clock, rest, pass, notes } = open(0);
    const refuse = (): void => void unlisted.set('XMesh', new ApiError(503, { reason: '', message: 'unavailable' }));
    refuse();
    writer.lead(new AbortController().signal);
    await pass(60_000);
    for (let stock = 0; stock < 3; stock++) {
      clock.advance(600_000);
      await rest();
    }
    listed.length = 0;
    await pass(240_000);
    expect(listed.filter(kind => kind === 'XMesh').length).toBeLessThan(9);
    expect(notes).toHaveLength(1);
    unlisted.clear();
    await pass(61_000);
    refuse();
    clock.advance(600_000);
    await pass(1000);
    expect(notes).toHaveLength(2);
  });

  it('of objects that were made again before their kind could be listed are looked at each', async () => {
    const { api, statuses, unlisted, writer, pass } = open(1);
    statuses.set(keyOf(0), accepted('True'));
    // The list may have been made before the object was, and have the older one of this name.
    api.put(placeFromKey(keyOf(0))!, { status: accepted('True') });
    unlisted.set('HTTPRoute', new ApiError(503, { reason: '', message: 'unavailable' }));
    writer.lead(new AbortController().signal);
    await pass(200);
    writer.renew([keyOf(0)]);
    await pass(200);
    expect(api.asked).toEqual([]);
    unlisted.clear();
    await pass(2000);
    expect(api.asked).toEqual([`get ${keyOf(0)}`]);
  });

  it('of which not all is known yet stay as an earlier leader left them', async () => {
    const { statuses, writer, pass, api, statusOf, known } = open(2);
    api.put(placeFromKey(keyOf(0))!, { status: accepted('True') });
    for (let index = 0; index < 2; index++) statuses.set(keyOf(index), accepted('False'));
    known.delete(keyOf(0));
    writer.lead(new AbortController().signal);
    await pass(1000);
    expect([statusOf(0), statusOf(1)]).toEqual([accepted('True'), accepted('False')]);
    known.add(keyOf(0));
    writer.touch();
    await pass(1000);
    expect(statusOf(0)).toEqual(accepted('False'));
  });

  it('of objects that are gone are not waited for', async () => {
    const { statuses, writer, pass, api } = open(0);
    statuses.set(keyOf(0), accepted('True'));
    writer.lead(new AbortController().signal);
    await pass(2000);
    expect([api.written, api.asked.length, writer.waitingCount]).toEqual([[], 1, 0]);
  });
});
