// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Push, StreamEnd } from '../messages/protocol.ts';
import { countedRevision } from '../messages/revision.ts';
import { nameRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import type { ProxyStream } from './proxy-stream.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

const BUNDLE = { kind: 'trustBundle', name: 'trust/a', authoritiesPem: '' } as const;

let core: SyncCore;
let stream: ProxyStream;
let pushes: Push[];
let ends: StreamEnd[];

beforeEach(() => {
  core = new SyncCore({
    clock: createManualClock(),
    random: createScriptedRandom(0.5),
    authorize: () => true,
    settings: { ...defaultSyncSettings, maxRoots: 3 },
  });
  core.update({ version: 1, upserts: [BUNDLE], removes: [] }, countedRevision(1, 1));
  pushes = [];
  ends = [];
  stream = core.connect('shop/cart', { send: push => void pushes.push(push), end: end => void ends.push(end) });
});

function hello(roots: readonly Root[], epoch = 1): void {
  stream.receive({ type: 'hello', proxy: 'a', protocol: 1, revision: countedRevision(epoch, 1), roots, held: new Map() });
}

function subscribe(...names: readonly string[]): void {
  stream.receive({ type: 'subscription', add: names.map(nameRoot), remove: [] });
}

describe('a proxy that means harm, or is broken', () => {
  it.each([
    ['that is served', 1],
    ['that waits for a replica to catch up', 2],
  ])('ends its stream by asking for too much: one %s', (_which, epoch) => {
    hello([], epoch);
    subscribe('a', 'b');
    expect(ends).toEqual([]);
    subscribe('c', 'd');
    expect(ends).toMatchObject([{ reason: 'refused', detail: 'more than 3 roots' }]);
  });

  it('ends its stream by acknowledging what it has not read', () => {
    stream = core.connect('shop/cart', {
      send: push => void pushes.push(push),
      queuedCount: () => pushes.length,
      end: end => void ends.push(end),
    });
    hello([]);
    for (let nonce = 1; nonce < 100; nonce++) {
      stream.receive({ type: 'ack', nonce, rejections: [] });
      subscribe(BUNDLE.name);
      stream.receive({ type: 'subscription', add: [], remove: [nameRoot(BUNDLE.name)] });
    }
    expect(ends).toMatchObject([{ reason: 'refused', detail: 'what is acknowledged was not sent yet' }]);
    expect(pushes).toHaveLength(2);
  });

  it('leaves nothing behind by refusing what nobody has sent', () => {
    hello([nameRoot(BUNDLE.name)]);
    const rejections = [BUNDLE.name, 'x/1', 'x/2'].map(resource => ({ resource, version: '', reason: 'no' }));
    stream.receive({ type: 'ack', nonce: pushes[0]?.nonce ?? 0, rejections });
    expect([...(stream.session?.refusals.keys() ?? [])]).toEqual([BUNDLE.name]);
  });
});
