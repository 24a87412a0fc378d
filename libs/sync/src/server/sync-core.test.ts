// SPDX-License-Identifier: Apache-2.0
import type { Backend, MeshService, Resource, ResourceName, RouteRule, Workload } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SentResource } from '../contract/contract-revisions.ts';
import { sealResource } from '../contract/envelope.ts';
import type { Push, StreamEnd, VersionRejection } from '../messages/protocol.ts';
import { countedRevision } from '../messages/revision.ts';
import type { Revision } from '../messages/revision.ts';
import { addressRoot, allRoot, indexRoot, nameRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import { AckBook } from './ack-book.ts';
import type { ProxyStream } from './proxy-stream.ts';
import { SyncCore } from './sync-core.ts';
import { defaultSyncSettings } from './sync-settings.ts';

function service(id: string, portName = ''): MeshService {
  const port = { port: 80, portName, protocol: 'http1', listener: `mesh/${id}`, consumers: ['other'] } as const;
  return {
    kind: 'meshService',
    name: `mesh/${id}`,
    namespace: 'shop',
    service: id,
    addresses: [],
    mode: 'strict',
    ports: [port],
  };
}

function rule(id: string, listeners: readonly string[], backends: readonly string[]): RouteRule {
  const attachments = listeners.map(listener => ({
    listener,
    hostnames: ['*'],
    access: `chain/${listener}`,
    traffic: undefined,
  }));
  const targets = backends.map(one => ({ backend: `backend/${one}`, label: one, weight: 1, filters: [], access: undefined }));
  return {
    kind: 'routeRule',
    name: `rule/${id}`,
    routeKind: 'HTTPRoute',
    route: id,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments,
    matches: [],
    action: {
      refusal: undefined,
      filters: [],
      backends: targets,
      requestTimeoutMs: undefined,
      attemptTimeoutMs: undefined,
      retry: undefined,
      sessionPersistence: undefined,
    },
  };
}

function backend(id: string, port: number, label = ''): Backend {
  return {
    kind: 'backend',
    name: `backend/${id}`,
    label,
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'random',
    connectTimeoutMs: 1,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: [{ address: '10.0.0.1', port }],
  };
}

function chain(listener: string): SentResource {
  return { kind: 'accessChain', name: `chain/${listener}`, guards: [] };
}

const WORKLOAD: Workload = {
  kind: 'workload',
  name: 'workload/shop/pay/10.0.0.9',
  identity: 'shop/pay',
  address: '10.0.0.9',
  ports: [],
};

/** A proxy that notes what it is sent and answers when it is told to. */
class TestProxy {
  readonly pushes: Push[] = [];
  readonly ends: StreamEnd[] = [];
  readonly stream: ProxyStream;

  constructor(core: SyncCore, name: string, peer = 'mesh') {
    this.name = name;
    this.stream = core.connect(peer, { send: push => void this.pushes.push(push), end: end => void this.ends.push(end) });
  }

  readonly name: string;

  hello(roots: readonly Root[], held: ReadonlyMap<ResourceName, string> = new Map(), revision?: Revision): this {
    this.stream.receive({ type: 'hello', proxy: this.name, protocol: 1, revision, roots, held });
    return this;
  }

  ack(rejections: readonly VersionRejection[] = []): void {
    this.stream.receive({ type: 'ack', nonce: this.pushes.at(-1)?.nonce ?? 0, rejections });
  }

  get last(): { readonly upserts: readonly string[]; readonly removes: readonly string[] } {
    const push = this.pushes.at(-1);
    return { upserts: push?.upserts.map(({ name }) => name).sort() ?? [], removes: [...(push?.removes ?? [])].sort() };
  }
}

const SHOP: readonly SentResource[] = [
  service('pay'),
  service('cart'),
  rule('both', ['mesh/pay', 'mesh/cart'], ['pay']),
  rule('consumer', ['mesh/cart@other'], ['cart']),
  chain('mesh/pay'),
  chain('mesh/cart'),
  chain('mesh/cart@other'),
  backend('pay', 1),
  backend('cart', 1),
  WORKLOAD,
];

let clock: ManualClock;
let core: SyncCore;
let count = 0;

function update(upserts: readonly Resource[], removes: readonly ResourceName[] = []): void {
  count++;
  core.update({ version: count, upserts, removes }, countedRevision(1, count));
}

beforeEach(() => {
  clock = createManualClock();
  count = 0;
  core = new SyncCore({
    clock,
    random: createScriptedRandom(0.5),
    authorize: peer => peer === 'mesh',
    settings: defaultSyncSettings,
  });
  update(SHOP);
});

describe('what a root leads to', () => {
  it('are rules of the listeners of a name with all that they refer to, but not the owners of their other listeners', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    expect(proxy.last.upserts).toEqual(['backend/pay', 'chain/mesh/cart', 'chain/mesh/pay', 'mesh/pay', 'rule/both']);
  });

  it('are rules of consumers too', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/cart')]);
    expect(proxy.last.upserts).toContain('rule/consumer');
    expect(proxy.last.upserts).toContain('backend/cart');
  });

  it('is an index alone, a kind with everything, and a workload by its address', () => {
    expect(new TestProxy(core, 'a').hello([indexRoot('meshService')]).last.upserts).toEqual(['mesh/cart', 'mesh/pay']);
    expect(new TestProxy(core, 'b').hello([allRoot('meshService')]).last.upserts).toHaveLength(9);
    expect(new TestProxy(core, 'c').hello([addressRoot('10.0.0.9')]).last.upserts).toEqual([WORKLOAD.name]);
  });

  it('is answered also where it leads to nothing, and when it then comes', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/new'), addressRoot('10.0.0.8')]);
    expect(proxy.pushes[0]?.answers.map(({ outcome }) => outcome)).toEqual(['doesNotExist', 'doesNotExist']);
    proxy.ack();
    update([service('new'), { ...WORKLOAD, name: 'workload/new', address: '10.0.0.8' }]);
    clock.advance(10);
    expect(proxy.last.upserts).toEqual(['mesh/new', 'workload/new']);
    expect(proxy.pushes[1]?.answers.map(({ outcome }) => outcome)).toEqual(['present', 'present']);
    proxy.ack();
    update([], ['mesh/new']);
    clock.advance(10);
    expect(proxy.pushes[2]).toMatchObject({
      removes: ['mesh/new'],
      answers: [{ root: 'name:mesh/new', outcome: 'doesNotExist' }],
    });
  });

  it('is not for everybody', () => {
    const proxy = new TestProxy(core, 'a', 'stranger').hello([nameRoot('mesh/pay'), indexRoot('meshService')]);
    expect(proxy.pushes[0]).toMatchObject({ upserts: [], answers: [{ outcome: 'notPermitted' }, { outcome: 'notPermitted' }] });
  });
});

describe('a push', () => {
  it('brings what changed and what that newly refers to, and takes away what nothing refers to any more', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    proxy.ack();
    update([rule('both', ['mesh/pay'], ['stock']), backend('stock', 1)]);
    clock.advance(9);
    expect(proxy.pushes).toHaveLength(1);
    clock.advance(1);
    expect(proxy.last).toEqual({ upserts: ['backend/stock', 'rule/both'], removes: ['backend/pay', 'chain/mesh/cart'] });
  });

  it('waits for more changes to come, but not for ever', () => {
    const proxy = new TestProxy(core, 'a').hello([indexRoot('meshService')]);
    proxy.ack();
    for (let i = 0; i < 30; i++) {
      update([service('pay', `p${i}`)]);
      clock.advance(5);
    }
    expect(proxy.pushes).toHaveLength(2);
  });

  it('goes on the same stream also to a proxy with an index of which nothing is there', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay'), indexRoot('meshSettings')]);
    proxy.ack();
    update([service('pay', 'other')]);
    clock.advance(10);
    expect([proxy.last.upserts, proxy.ends]).toEqual([['mesh/pay'], []]);
  });

  it('goes out at once where only endpoints changed, and to nobody else', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    const other = new TestProxy(core, 'b').hello([indexRoot('meshService')]);
    proxy.ack();
    other.ack();
    update([backend('pay', 2)]);
    expect(proxy.last.upserts).toEqual(['backend/pay']);
    expect(other.pushes).toHaveLength(1);
  });

  it('of endpoints waits for the configuration that changed before', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    proxy.ack();
    update([backend('pay', 1, 'changed'), rule('both', ['mesh/pay'], ['pay', 'cart'])]);
    update([backend('pay', 2, 'changed')]);
    expect(proxy.pushes).toHaveLength(1);
    clock.advance(10);
    expect(proxy.last.upserts).toEqual(['backend/cart', 'backend/pay', 'rule/both']);
  });

  it('is one at a time, and what changes meanwhile is one more', () => {
    const proxy = new TestProxy(core, 'a').hello([indexRoot('meshService')]);
    for (let i = 0; i < 5; i++) {
      update([service(`s${i}`)]);
      clock.advance(50);
    }
    expect(proxy.pushes).toHaveLength(1);
    proxy.ack();
    expect(proxy.last.upserts).toEqual(['mesh/s0', 'mesh/s1', 'mesh/s2', 'mesh/s3', 'mesh/s4']);
  });

  it('has the same marshalled resource for all', () => {
    const [one, other] = ['a', 'b'].map(name => new TestProxy(core, name).hello([indexRoot('meshService')]));
    expect(one?.pushes[0]?.upserts[0]).toBe(other?.pushes[0]?.upserts[0]);
  });

  it('that changes nothing is not sent', () => {
    const proxy = new TestProxy(core, 'a').hello([indexRoot('meshService')]);
    proxy.ack();
    update([service('pay'), backend('pay', 1)]);
    clock.advance(100);
    expect(proxy.pushes).toHaveLength(1);
  });
});

describe('a proxy that comes back', () => {
  it('is sent what differs from what it has, and told that it is up to date where nothing does', () => {
    const held = new Map(SHOP.map(resource => [resource.name, sealResource(resource).version]));
    const same = new TestProxy(core, 'a').hello([allRoot('meshService'), addressRoot('10.0.0.9')], held);
    expect(same.pushes).toHaveLength(1);
    expect(same.last).toEqual({ upserts: [], removes: [] });
    const old = new Map([...held, ['mesh/pay', 'old'], ['mesh/gone', 'old']]);
    const other = new TestProxy(core, 'b').hello([allRoot('meshService'), addressRoot('10.0.0.9')], old);
    expect(other.last).toEqual({ upserts: ['mesh/pay'], removes: ['mesh/gone'] });
    const indexed = new TestProxy(core, 'c').hello(
      [indexRoot('meshService')],
      new Map([...old].filter(([name]) => name.startsWith('mesh/'))),
    );
    expect(indexed.last).toEqual({ upserts: ['mesh/pay'], removes: ['mesh/gone'] });
  });

  it('hears nothing from a replica that knows less, until it has caught up', () => {
    const proxy = new TestProxy(core, 'a').hello([indexRoot('meshService')], new Map(), countedRevision(1, 3));
    update([service('pay', 'x')]);
    clock.advance(1000);
    expect(proxy.pushes).toHaveLength(0);
    update([service('pay', 'y')]);
    expect(proxy.pushes).toHaveLength(1);
  });

  it('is asked to go elsewhere when that takes long', () => {
    const proxy = new TestProxy(core, 'a').hello([], new Map(), { epoch: 2, positions: {} });
    clock.advance(defaultSyncSettings.behindTimeoutMs);
    expect(proxy.ends).toMatchObject([{ reason: 'behind' }]);
  });
});

describe('a stream', () => {
  it('ends where the proxy does not answer, breaks the protocol, or is old', () => {
    const silent = new TestProxy(core, 'a').hello([]);
    clock.advance(defaultSyncSettings.ackTimeoutMs);
    expect(silent.ends).toMatchObject([{ reason: 'overflow' }]);
    const rude = new TestProxy(core, 'b');
    rude.ack();
    expect(rude.ends).toEqual([{ reason: 'refused', detail: 'a stream begins with a Hello' }]);
    const mute = new TestProxy(core, 'd');
    clock.advance(defaultSyncSettings.helloTimeoutMs);
    expect(mute.ends).toMatchObject([{ reason: 'refused' }]);
    const old = new TestProxy(core, 'c').hello([]);
    old.ack();
    clock.advance(defaultSyncSettings.maxAgeMs * 0.95);
    expect(old.ends).toEqual([]);
    clock.advance(defaultSyncSettings.maxAgeMs * 0.1);
    expect(old.ends).toMatchObject([{ reason: 'age' }]);
    expect(core.streams.size).toBe(0);
    expect(clock.pendingTimerCount()).toBe(0);
  });

  it('ends where too much changes while a push is under way', () => {
    const settings = { ...defaultSyncSettings, maxPendingNames: 3 };
    core = new SyncCore({ clock, random: createScriptedRandom(0.5), authorize: () => true, settings });
    update(SHOP);
    const proxy = new TestProxy(core, 'a').hello([allRoot('meshService')]);
    update(['a', 'b', 'c', 'd'].map(id => service(id)));
    clock.advance(10);
    expect(proxy.ends).toMatchObject([{ reason: 'overflow', detail: '4 resources changed while a push was under way' }]);
  });

  it('is refused before there is a snapshot', () => {
    core = new SyncCore({ clock, random: createScriptedRandom(0.5), authorize: () => true, settings: defaultSyncSettings });
    expect(new TestProxy(core, 'a').hello([]).ends).toMatchObject([{ reason: 'starting' }]);
  });
});

describe('the book of acks', () => {
  const object = { key: 'HTTPRoute/shop/both', generation: 1, names: ['rule/both'] };
  let acks: AckBook;

  beforeEach(() => {
    acks = new AckBook(core);
  });

  it('tells who has a resource, who does not yet, and who refuses it since when and why', () => {
    const [good, late, bad] = ['good', 'late', 'bad'].map(name => new TestProxy(core, name).hello([nameRoot('mesh/pay')]));
    new TestProxy(core, 'other').hello([nameRoot('mesh/cart')]).ack();
    good?.ack();
    clock.advance(500);
    const { version } = sealResource(rule('both', ['mesh/pay', 'mesh/cart'], ['pay']));
    bad?.ack([{ resource: 'rule/both', version, reason: 'no' }]);
    expect(acks.statusOf('rule/both')).toMatchObject({
      version,
      acked: ['mesh/good', 'mesh/other'],
      pending: ['mesh/late'],
      refusing: [{ proxy: 'mesh/bad', reason: 'no', sinceMs: 500 }],
    });
    late?.ack();
    expect(acks.statusOf('rule/both').pending).toEqual([]);
    expect(acks.statusOf('mesh/pay').acked).toHaveLength(3);
  });

  it('latches: what all had once is programmed, whoever comes later', () => {
    expect(acks.programmed(object).status).toBe('noSubscribers');
    const proxies = ['a', 'b'].map(name => new TestProxy(core, name).hello([nameRoot('mesh/pay')]));
    expect(acks.programmed(object)).toMatchObject({ status: 'false', of: 2, acked: 0, waiting: ['mesh/a', 'mesh/b'] });
    for (const proxy of proxies) proxy.ack();
    expect(acks.programmed(object)).toMatchObject({ status: 'true', of: 2, acked: 2 });
    new TestProxy(core, 'c').hello([nameRoot('mesh/pay')]);
    expect(acks.programmed(object).status).toBe('true');
    update([rule('both', ['mesh/pay'], ['cart'])]);
    expect(acks.programmed({ ...object, generation: 2 })).toMatchObject({ status: 'false', of: 3 });
  });

  it('waits a while for who is gone, and then names it', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    acks.programmed(object);
    proxy.stream.close();
    clock.advance(defaultSyncSettings.leaseMs - 1);
    expect(acks.programmed(object)).toMatchObject({ status: 'false', waiting: ['mesh/a'] });
    clock.advance(1);
    expect(acks.programmed(object)).toMatchObject({ status: 'true', of: 0, gone: ['mesh/a'] });
  });

  it('does not take a proxy for done that has only come back', () => {
    const proxy = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    acks.programmed(object);
    proxy.stream.close();
    const again = new TestProxy(core, 'a').hello([nameRoot('mesh/pay')]);
    expect(acks.programmed(object).status).toBe('false');
    again.ack();
    expect(acks.programmed(object).status).toBe('true');
  });
});
