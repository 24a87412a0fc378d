// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/cluster-api.ts';
import { EVENTS, GATEWAYS } from '../write/builtin-resources.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import { EventWriter } from './event-writer.ts';
import type { ObjectEvent } from './event-writer.ts';

const ABOUT = { resource: GATEWAYS, namespace: 'shop', name: 'edge' };
const event = (note: string): ObjectEvent => ({ about: ABOUT, reason: 'NotProvisioned', action: 'Provision', note });

function open() {
  const [api, clock] = [new ScriptedObjects(), createManualClock(Date.UTC(2026, 0, 1))];
  const notes: string[] = [];
  api.put(ABOUT);
  const events = new EventWriter({
    ...{ writer: api, clock, random: createSeededRandom(1), instance: 'weir-0', onNote: text => void notes.push(text) },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      for (let turn = 0; turn < 400; turn++) await Promise.resolve();
      clock.advance(100);
    }
    for (let turn = 0; turn < 400; turn++) await Promise.resolve();
  };
  return { api, clock, events, notes, pass };
}

describe('events', () => {
  it('are told beside what they are about, by who leads', async () => {
    const { api, events, pass } = open();
    events.tell(event('early'));
    await pass(1000);
    expect(api.asked).toEqual([]);
    events.lead(new AbortController().signal);
    events.tell(event(`no quota${'!'.repeat(2000)}`));
    await pass(100);
    const [written] = api.all(EVENTS);
    expect(written).toMatchObject({
      metadata: { namespace: 'shop', name: expect.stringMatching(/^edge\.[0-9a-f]{16}$/v) as unknown },
      ...{ type: 'Warning', reason: 'NotProvisioned', action: 'Provision', reportingInstance: 'weir-0' },
      eventTime: '2026-01-01T00:00:01.100000Z',
      regarding: { kind: 'Gateway', name: 'edge', namespace: 'shop', uid: 'uid-1' },
    });
    expect(written?.['note']).toHaveLength(1024);
  });

  it('are told once, and again when that is long ago', async () => {
    const { api, events, pass, clock } = open();
    events.lead(new AbortController().signal);
    for (let turn = 0; turn < 5; turn++) events.tell(event('no quota'));
    await pass(100);
    expect(api.all(EVENTS)).toHaveLength(1);
    clock.advance(600_000);
    events.tell(event('no quota'));
    await pass(100);
    expect(api.all(EVENTS)).toHaveLength(2);
  });

  it('are news where they say of themselves that they are others', async () => {
    const { api, events, pass } = open();
    events.lead(new AbortController().signal);
    for (const id of ['1', '2', '2']) events.tell({ ...event('v2 has 5 %'), type: 'Normal', id });
    await pass(100);
    expect(api.all(EVENTS)).toMatchObject([{ type: 'Normal' }, { type: 'Normal' }]);
  });

  it('are told 25 at once, then one a second, and of very many some are not', async () => {
    const { api, events, pass } = open();
    events.lead(new AbortController().signal);
    for (let index = 0; index < 1000; index++) events.tell(event(`fault ${index}`));
    await pass(100);
    expect(api.all(EVENTS)).toHaveLength(25);
    await pass(10_000);
    expect(api.all(EVENTS)).toHaveLength(35);
    await pass(100_000);
    expect(api.all(EVENTS)).toHaveLength(100);
  });

  it('that found no room are told when they are told of again', async () => {
    const { api, events, pass } = open();
    events.lead(new AbortController().signal);
    for (let index = 0; index < 101; index++) events.tell(event(`fault ${index}`));
    await pass(90_000);
    events.tell(event('fault 100'));
    await pass(1000);
    expect(api.all(EVENTS)).toHaveLength(101);
  });

  it('of what is gone, or that cannot be written, hurt nobody', async () => {
    const { api, events, pass, notes } = open();
    events.lead(new AbortController().signal);
    events.tell({ ...event('gone'), about: { ...ABOUT, name: 'gone' } });
    await pass(100);
    api.before = request => {
      if (request.startsWith('create')) throw new Error('forbidden');
    };
    events.tell(event('no quota'));
    await pass(100);
    expect([api.all(EVENTS), notes]).toEqual([[], ['an event cannot be written: forbidden']]);
  });

  it('in a namespace that is being removed are no news', async () => {
    const { api, events, pass, notes } = open();
    events.lead(new AbortController().signal);
    api.before = request => {
      if (request.startsWith('create')) throw new ApiError(403, { reason: 'NamespaceTerminating', message: 'it ends' });
    };
    events.tell(event('no quota'));
    await pass(100);
    expect([api.all(EVENTS), notes]).toEqual([[], []]);
  });
});
