// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/cluster-api.ts';
import { CONFIG_MAPS } from '../write/builtin-resources.ts';
import { ScriptedObjects } from '../write/scripted-objects.ts';
import { RootsKeeper } from './roots-keeper.ts';
import type { FoundRoots } from './roots-keeper.ts';

const at = (namespace: string) => ({ resource: CONFIG_MAPS, namespace, name: 'weir-roots' });

function open() {
  const [api, clock] = [new ScriptedObjects(), createManualClock()];
  const state = { rootsPem: 'one', namespaces: new Set(['shop', 'edge']), found: new Map<string, FoundRoots>() };
  const notes: string[] = [];
  const keeper = new RootsKeeper({
    ...{ writer: api, clock, random: createScriptedRandom(0.5), onNote: (text: string) => void notes.push(text) },
    source: { rootsPem: () => state.rootsPem, namespaces: () => state.namespaces, found: () => state.found },
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 50) {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      clock.advance(50);
    }
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  /** As documents come to have it. */
  const follow = (): void => {
    for (const object of api.all(CONFIG_MAPS)) {
      const data = object['data'] as { readonly 'roots.pem': string };
      state.found.set(object.metadata.namespace ?? '', { rootsPem: data['roots.pem'], isOurs: true });
    }
  };
  return { api, keeper, state, notes, pass, follow };
}

describe('the roots of the mesh', () => {
  it('are where pods need them, and are written once', async () => {
    const { api, keeper, pass, follow } = open();
    keeper.lead(new AbortController().signal);
    await pass(100);
    keeper.touch();
    await pass(100);
    follow();
    keeper.touch();
    await pass(100);
    expect(api.written).toEqual(['apply ConfigMap/shop/weir-roots', 'apply ConfigMap/edge/weir-roots']);
    expect(api.find(at('shop'))).toMatchObject({
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'weir' } },
      data: { 'roots.pem': 'one' },
    });
  });

  it('follow a rotation, and somebody who changed them', async () => {
    const { api, keeper, state, pass, follow } = open();
    keeper.lead(new AbortController().signal);
    await pass(100);
    follow();
    state.rootsPem = 'one two';
    keeper.touch();
    await pass(100);
    follow();
    expect(api.find(at('edge'))).toMatchObject({ data: { 'roots.pem': 'one two' } });
    state.found.set('edge', { rootsPem: 'else', isOurs: true });
    state.found.delete('shop');
    await pass(5000);
    keeper.touch();
    await pass(100);
    expect(api.written).toHaveLength(6);
  });

  it('go where nobody needs them any more, unless they are another’s', async () => {
    const { api, keeper, state, pass, follow } = open();
    keeper.lead(new AbortController().signal);
    await pass(100);
    follow();
    state.found.set('other', { rootsPem: 'else', isOurs: false });
    state.namespaces.delete('edge');
    keeper.touch();
    await pass(100);
    expect(api.written.slice(2)).toEqual(['remove ConfigMap/edge/weir-roots']);
  });

  it('are tried again where they cannot be written, in the other namespaces at once', async () => {
    const { api, keeper, pass, notes } = open();
    let isRefused = true;
    api.before = request => {
      if (isRefused && request.includes('/shop/')) throw new Error('forbidden');
    };
    keeper.lead(new AbortController().signal);
    await pass(100);
    expect(api.find(at('edge'))).toBeDefined();
    expect(notes).toEqual(['ConfigMap shop/weir-roots cannot be written, and is tried again: forbidden']);
    isRefused = false;
    await pass(1000);
    expect(api.find(at('shop'))).toBeDefined();
  });

  it('are not missed in a namespace that is being removed', async () => {
    const { api, keeper, pass, notes } = open();
    api.before = () => {
      throw new ApiError(403, { reason: 'NamespaceTerminating', message: 'it ends' });
    };
    keeper.lead(new AbortController().signal);
    await pass(2000);
    expect([notes, api.asked.length > 2]).toEqual([[], true]);
  });
});
