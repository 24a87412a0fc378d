// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createScriptedRandom } from '@weir/testing';
import { beforeEach, expect, it } from 'vitest';
import type { VersionRejection } from '../messages/protocol.ts';
import { countedRevision } from '../messages/revision.ts';
import { nameRoot } from '../messages/root.ts';
import { AckBook } from './ack-book.ts';
import { mergeDigests } from './ack-digest.ts';
import type { AckDigest } from './ack-digest.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

const BUNDLE = { kind: 'trustBundle', name: 'trust/a', authoritiesPem: '' } as const;
const OBJECT = { key: 'BackendTLSPolicy/shop/a', generation: 1, names: [BUNDLE.name] };
const NOTHING: AckDigest = { acked: [], waiting: [], away: [], refusing: [], gone: [] };

let acks: AckBook;
let core: SyncCore;

beforeEach(() => {
  const ports = { clock: createManualClock(), random: createScriptedRandom(0.5) };
  core = new SyncCore({ ...ports, authorize: () => true, settings: defaultSyncSettings });
  acks = new AckBook(core);
  core.update({ version: 1, upserts: [BUNDLE], removes: [] }, countedRevision(1, 1));
});

/** A proxy that needs the object. `held`: version of it that it comes with. */
function connect(proxy: string, held?: string): { ack(rejections?: readonly VersionRejection[]): void; leave(): void } {
  let nonce = 0;
  const stream = core.connect('mesh', { send: push => void (nonce = push.nonce), end: () => undefined });
  const holds = new Map(held === undefined ? [] : [[BUNDLE.name, held]]);
  stream.receive({ type: 'hello', proxy, protocol: 1, revision: undefined, roots: [nameRoot(BUNDLE.name)], held: holds });
  return { ack: (rejections = []) => stream.receive({ type: 'ack', nonce, rejections }), leave: () => stream.close() };
}

it('adds up over replicas: a proxy that went from one to another has what it has there', () => {
  const proxy = connect('a');
  connect('b').ack();
  acks.programmed(OBJECT);
  proxy.leave();
  const red = acks.digestOf(OBJECT);
  expect(red).toEqual({ ...NOTHING, acked: ['mesh/b'], away: ['mesh/a'] });
  expect(mergeDigests([red, NOTHING])).toMatchObject({ status: 'false', of: 2, acked: 1, waiting: ['mesh/a'] });
  expect(mergeDigests([red, { ...NOTHING, acked: ['mesh/a'] }])).toMatchObject({ status: 'true', of: 2, acked: 2 });
  const refusing = [{ proxy: 'mesh/a', resource: BUNDLE.name, reason: 'no', sinceMs: 0 }];
  expect(mergeDigests([red, { ...NOTHING, refusing }])).toMatchObject({ status: 'false', of: 2, refusing });
});

it('waits for who comes with something old from another replica, and not for who begins', () => {
  connect('first').ack();
  acks.programmed(OBJECT);
  connect('begins');
  connect('moved', 'old');
  expect(acks.digestOf(OBJECT)).toEqual({ ...NOTHING, acked: ['mesh/first'], waiting: ['mesh/moved'] });
});

it('names who refuses, also among those that came later; who refused and went is away', () => {
  const refusal = { resource: BUNDLE.name, version: '', reason: 'no' };
  const first = connect('first');
  acks.programmed(OBJECT);
  first.ack([refusal]);
  connect('later').ack([refusal]);
  expect(acks.digestOf(OBJECT).refusing.map(({ proxy }) => proxy)).toEqual(['mesh/first', 'mesh/later']);
  first.leave();
  expect(acks.digestOf(OBJECT)).toMatchObject({ away: ['mesh/first'], refusing: [{ proxy: 'mesh/later' }] });
});

it('counts a proxy once that two replicas name, and waits where either does', () => {
  const both = [
    { ...NOTHING, acked: ['mesh/a'] },
    { ...NOTHING, acked: ['mesh/a', 'mesh/b'] },
  ];
  expect(mergeDigests(both)).toMatchObject({ status: 'true', of: 2, acked: 2 });
  const stale = [
    { ...NOTHING, waiting: ['mesh/a'] },
    { ...NOTHING, acked: ['mesh/a'] },
  ];
  expect(mergeDigests(stale)).toMatchObject({ status: 'false', of: 1, acked: 0, waiting: ['mesh/a'] });
});

it('names who is gone for good only where nobody knows better', () => {
  const gone = { ...NOTHING, gone: ['mesh/a'] };
  expect(mergeDigests([gone, NOTHING])).toMatchObject({ status: 'true', of: 0, gone: ['mesh/a'] });
  expect(mergeDigests([gone, { ...NOTHING, acked: ['mesh/a'] }])).toMatchObject({ status: 'true', of: 1, gone: [] });
});

it('never says that all have it while a replica does not say what its proxies have', () => {
  const unheard = ['weir-1 does not answer'];
  const some = mergeDigests([{ ...NOTHING, acked: ['mesh/a'] }], unheard);
  expect(some).toMatchObject({ status: 'false', of: 1, acked: 1, unheard });
  expect(mergeDigests([NOTHING], unheard).status).toBe('false');
  expect(mergeDigests([NOTHING]).status).toBe('noSubscribers');
});
