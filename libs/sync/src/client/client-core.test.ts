// SPDX-License-Identifier: Apache-2.0
import type { AccessChain, AccessPolicy, Resource, ResourceName, Transaction } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SentResource } from '../contract/contract-revisions.ts';
import { sealResource } from '../contract/envelope.ts';
import type { Envelope } from '../contract/envelope.ts';
import { addChecksums, checksumOf } from '../messages/checksum.ts';
import type { ProxyMessage, Push, StreamEnd } from '../messages/protocol.ts';
import { countedRevision } from '../messages/revision.ts';
import { nameRoot } from '../messages/root.ts';
import { ClientCore } from './client-core.ts';
import type { Accepted, StreamHandler } from './client-core.ts';
import { defaultClientSettings } from './client-settings.ts';
import type { Rejection } from './holdings.ts';
import type { Need } from './interests.ts';

function policy(id: string, label = id): AccessPolicy {
  return {
    kind: 'accessPolicy',
    name: `policy/${id}`,
    label,
    isShadow: false,
    unresolved: undefined,
    addresses: undefined,
    authentication: undefined,
    denyRules: [],
    allowRules: [],
    externalAuthorization: undefined,
  };
}

function chain(id: string, policies: readonly string[], scope = ''): AccessChain {
  const guards = policies.map(one => ({ policy: `policy/${one}`, scope, rank: 0, deniesByDefault: false, relaxed: [] }));
  return { kind: 'accessChain', name: `chain/${id}`, guards };
}

let clock: ManualClock;
let streams: { readonly handler: StreamHandler; readonly sent: ProxyMessage[]; isClosed: boolean }[];
let running: Map<ResourceName, Resource>;
let applied: Transaction[];
let refusedLabels: Set<string>;
let ends: StreamEnd[];
let client: ClientCore;
/** What the control plane takes the proxy to have. */
let known: Map<ResourceName, Envelope>;
let nonce: number;

function apply(transaction: Transaction): readonly Rejection[] {
  applied.push(transaction);
  const rejections = transaction.upserts
    .filter(one => one.kind === 'accessPolicy' && refusedLabels.has(one.label))
    .map(({ name }) => ({ resource: name, reason: 'refused by the test' }));
  if (rejections.length > 0) return rejections;
  for (const name of transaction.removes) running.delete(name);
  for (const resource of transaction.upserts) running.set(resource.name, resource);
  return [];
}

function createClient(): ClientCore {
  return new ClientCore({
    proxy: 'a',
    roots: [nameRoot('chain/pinned')],
    clock,
    random: createScriptedRandom(0.999),
    settings: defaultClientSettings,
    connect(handler) {
      const stream = { handler, sent: [] as ProxyMessage[], isClosed: false };
      streams.push(stream);
      return { send: message => void stream.sent.push(message), close: () => void (stream.isClosed = true) };
    },
    apply: (transaction, done) => done(apply(transaction)),
    onAccepted: () => undefined,
    onEnd: end => void ends.push(end),
  });
}

function push(upserts: readonly (Envelope | SentResource)[], more: Partial<Push> = {}): void {
  const envelopes = upserts.map(one => ('body' in one ? one : sealResource(one)));
  for (const envelope of envelopes) known.set(envelope.name, envelope);
  for (const name of more.removes ?? []) known.delete(name);
  const checksum = [...known.values()].reduce((sum, { name, version }) => addChecksums(sum, checksumOf(name, version)), 0);
  const revision = countedRevision(1, ++nonce);
  streams.at(-1)?.handler.onPush({ nonce, revision, upserts: envelopes, removes: [], answers: [], checksum, ...more });
}

const lastSent = (): ProxyMessage | undefined => streams.at(-1)?.sent.at(-1);
const lose = (reason: StreamEnd['reason'] = 'lost'): void => streams.at(-1)?.handler.onEnd({ reason, detail: '' });
const labelOf = (name: ResourceName): unknown => {
  const found = running.get(name);
  return found?.kind === 'accessPolicy' ? found.label : undefined;
};

beforeEach(() => {
  clock = createManualClock();
  streams = [];
  running = new Map();
  applied = [];
  refusedLabels = new Set();
  ends = [];
  known = new Map();
  nonce = 0;
  client = createClient();
  client.start(undefined, () => undefined);
});

describe('a proxy', () => {
  it('asks for no more than control planes serve, and again when some of it is idle', () => {
    push([]);
    const needs: Need[] = [];
    const ask = (id: number): void => client.need(nameRoot(`chain/${id}`), 1000, need => void needs.push(need));
    for (let id = 0; id < 10_000; id++) ask(id);
    expect(needs).toEqual([{ kind: 'unavailable' }]);
    clock.advance(defaultClientSettings.idleMs + defaultClientSettings.sweepMs);
    ask(10_000);
    expect(lastSent()).toEqual({ type: 'subscription', add: ['name:chain/10000'], remove: [] });
  });

  it('says what it wants and has, applies a push and acknowledges it', () => {
    expect(lastSent()).toMatchObject({ type: 'hello', proxy: 'a', roots: ['name:chain/pinned'], revision: undefined });
    expect(client.state).toBe('empty');
    push([chain('pinned', ['a']), policy('a')]);
    expect(lastSent()).toEqual({ type: 'ack', nonce: 1, rejections: [] });
    expect([client.state, client.isConnected, applied.length]).toEqual(['current', true, 1]);
  });

  it('tries again ever less often, up to a limit, and at once after a stream that worked', () => {
    const waits = Array.from({ length: 14 }, () => {
      const count = streams.length;
      lose();
      const before = clock.nowMs();
      while (streams.length === count) clock.advance(1);
      return clock.nowMs() - before;
    });
    expect(waits.slice(0, 4)).toEqual([10, 20, 40, 80]);
    expect(waits.at(-1)).toBe(14_993);
    push([]);
    lose();
    clock.advance(10);
    expect(streams).toHaveLength(16);
  });

  it('presents what runs when it comes back, and takes nothing that is older', () => {
    push([policy('a')]);
    lose();
    clock.advance(20);
    expect(lastSent()).toMatchObject({
      held: new Map([['policy/a', sealResource(policy('a')).version]]),
      revision: countedRevision(1, 1),
    });
    push([policy('a', 'old')], { revision: countedRevision(1, 0) });
    expect(labelOf('policy/a')).toBe('a');
    expect(ends.at(-1)?.detail).toBe('the control plane went back in time');
  });

  it('begins from nothing when the checksums differ, and drops what it should not have', () => {
    push([policy('a'), policy('b')]);
    push([policy('a', 'new')], { checksum: 1 });
    expect(ends.at(-1)?.detail).toMatch(/is not what the control plane takes it to have/v);
    expect(labelOf('policy/a')).toBe('a');
    clock.advance(20);
    expect(lastSent()).toMatchObject({ type: 'hello', held: new Map() });
    known.clear();
    push([policy('a', 'newer')]);
    expect([...running.keys()]).toEqual(['policy/a']);
    expect(labelOf('policy/a')).toBe('newer');
  });
});

describe('what does not run', () => {
  it('stays at what it was, with all that belongs to it, and the rest goes on', () => {
    push([chain('x', ['a', 'b']), policy('a'), policy('b'), policy('c')]);
    refusedLabels.add('bad');
    push([policy('a', 'bad'), policy('b', 'b2'), policy('c', 'c2')]);
    expect([labelOf('policy/a'), labelOf('policy/b'), labelOf('policy/c')]).toEqual(['a', 'b', 'c2']);
    expect(lastSent()).toMatchObject({
      rejections: [
        { resource: 'policy/a', reason: 'refused by the test' },
        { resource: 'policy/b', reason: 'it belongs together with policy/a, which is refused' },
      ],
    });
    push([policy('a', 'good')]);
    expect([labelOf('policy/a'), labelOf('policy/b')]).toEqual(['good', 'b2']);
    expect(lastSent()).toMatchObject({ rejections: [] });
  });

  it('is not removed as long as something that stays refers to it', () => {
    push([chain('x', ['a', 'b']), policy('a'), policy('b')]);
    refusedLabels.add('bad');
    push([chain('x', ['a']), policy('a', 'bad')], { removes: ['policy/b'] });
    expect(running.get('chain/x')).toMatchObject({ guards: [{ policy: 'policy/a' }, { policy: 'policy/b' }] });
    expect(running.has('policy/b')).toBe(true);
    push([policy('a', 'good')]);
    expect(running.has('policy/b')).toBe(false);
  });

  it('is missing where it never ran, so that what is new and refers to it refuses', () => {
    refusedLabels.add('bad');
    push([chain('x', ['a']), policy('a', 'bad')]);
    expect([...running.keys()]).toEqual(['chain/x']);
    expect(lastSent()).toMatchObject({ rejections: [{ resource: 'policy/a' }] });
  });

  it('is what a newer control plane means otherwise, or says in a way that is not known', () => {
    const newer = { ...sealResource(policy('a')), contract: 2 };
    const { body, ...rest } = sealResource(policy('b'));
    const text = new TextDecoder().decode(body).replace('"label"', '"onlyOnSundays":true,"label"');
    const kind = { ...sealResource(policy('c')), kind: 'gate' };
    push([newer, { ...rest, body: new TextEncoder().encode(text) }, kind, policy('d')]);
    expect([...running.keys()]).toEqual(['policy/d']);
    expect(lastSent()).toMatchObject({
      rejections: [
        { reason: 'accessPolicy has contract 2, this version of the proxy knows 1' },
        { reason: 'onlyOnSundays: this member is not known' },
        { reason: "kind 'gate' is not known to this version of the proxy" },
      ],
    });
  });

  it('is sent again after a new stream, as it is not among what is presented', () => {
    push([policy('a')]);
    refusedLabels.add('bad');
    push([policy('a', 'bad')]);
    lose();
    clock.advance(20);
    expect(lastSent()).toMatchObject({ held: new Map([['policy/a', sealResource(policy('a')).version]]) });
  });
});

describe('what is needed', () => {
  const needs: Need[] = [];
  const need = (name: string, deadlineMs = 1000): void => client.need(nameRoot(name), deadlineMs, one => void needs.push(one));

  beforeEach(() => {
    needs.length = 0;
    push([]);
  });

  it('is asked for and waited for, and there at once the next time', () => {
    need('chain/x');
    expect(lastSent()).toEqual({ type: 'subscription', add: ['name:chain/x'], remove: [] });
    push([chain('x', [])], { answers: [{ root: nameRoot('chain/x'), outcome: 'present' }] });
    need('chain/x');
    expect(needs).toEqual([{ kind: 'present' }, { kind: 'present' }]);
  });

  it('may be missing, refused, or not to be had in time', () => {
    need('chain/x');
    need('policy/a');
    need('policy/b', 50);
    refusedLabels.add('bad');
    push([policy('a', 'bad')], {
      answers: [
        { root: nameRoot('chain/x'), outcome: 'doesNotExist' },
        { root: nameRoot('policy/a'), outcome: 'present' },
      ],
    });
    clock.advance(50);
    expect(needs).toEqual([
      { kind: 'missing', outcome: 'doesNotExist' },
      { kind: 'refused', reason: 'refused by the test' },
      { kind: 'unavailable' },
    ]);
  });

  it('goes when it is not used, but never while the control plane is away', () => {
    need('chain/x');
    push([chain('x', [])], { answers: [{ root: nameRoot('chain/x'), outcome: 'present' }] });
    clock.advance(200_000);
    need('chain/x');
    clock.advance(200_000);
    expect(lastSent()).toMatchObject({ type: 'ack' });
    lose();
    clock.advance(5);
    streams.at(-1)?.handler.onEnd({ reason: 'lost', detail: '' });
    clock.advance(400_000);
    need('chain/x');
    expect(needs).toHaveLength(3);
    clock.advance(20);
    push([]);
    clock.advance(330_000);
    expect(lastSent()).toEqual({ type: 'subscription', add: [], remove: ['name:chain/x'] });
  });
});

describe('a restart', () => {
  it('runs what was accepted before any control plane is there', () => {
    client.need(nameRoot('chain/x'), 10, () => undefined);
    push([chain('x', ['a']), policy('a')], { answers: [{ root: nameRoot('chain/x'), outcome: 'present' }] });
    const accepted: Accepted = client.accepted();
    client.close();
    running.clear();
    client = createClient();
    const done: string[] = [];
    client.start(accepted, () => void done.push(client.state));
    expect(done).toEqual(['restored']);
    expect([...running.keys()]).toEqual(['chain/x', 'policy/a']);
    expect(lastSent()).toMatchObject({ roots: ['name:chain/pinned', 'name:chain/x'], revision: countedRevision(1, 1) });
  });
});
