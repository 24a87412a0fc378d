// SPDX-License-Identifier: Apache-2.0
import type { Timer } from '@weir/base';
import type { ResourceName, SplitState } from '@weir/policy/snapshot';
import type { Push, Hello, ProxyMessage, SplitReportMessage, StreamEnd, Subscription } from '../messages/protocol.ts';
import { covers, joinRevisions } from '../messages/revision.ts';
import { parseRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import type { ResourceKind } from '../contract/contract-revisions.ts';
import type { Catalog, Entry } from './catalog.ts';
import { IndexCursors } from './index-cursors.ts';
import { ProxySession } from './proxy-session.ts';
import type { ProxyConnection, SyncCore } from './sync-core.ts';

/** Part of `maxAgeMs` by which ages differ, so that streams that began together do not end together. */
const AGE_JITTER = 0.1;

/** One stream from a proxy: what comes on it in which order, when something is sent, and when it ends. */
export class ProxyStream {
  readonly peer: string;
  session: ProxySession | undefined;
  private readonly core: SyncCore;
  private readonly connection: ProxyConnection;
  private hello: Hello | undefined;
  private readonly timers = new Map<'ack' | 'age' | 'behind' | 'hello', Timer>();
  private isEnded = false;
  /** What changed is to be sent as soon as the push under way is acknowledged. */
  private isDue = false;
  private isOld = false;
  /** Splits whose state was told last. */
  private heardOf: ReadonlySet<string> = new Set();

  constructor(peer: string, connection: ProxyConnection, core: SyncCore) {
    this.peer = peer;
    this.connection = connection;
    this.core = core;
    const silent = { reason: 'refused', detail: 'no Hello came in time' } as const;
    this.timers.set(
      'hello',
      core.options.clock.after(core.options.settings.helloTimeoutMs, () => this.end(silent)),
    );
  }

  /** 0 = it has not said yet. */
  get protocol(): number {
    return this.hello?.protocol ?? 0;
  }

  receive(message: ProxyMessage): void {
    if (this.isEnded) return;
    if (message.type === 'hello') this.receiveHello(message);
    else if (this.hello === undefined) this.refuse('a stream begins with a Hello');
    else if (message.type === 'subscription') this.receiveSubscription(message);
    else if (message.type === 'splitReport') this.receiveReport(message);
    else if (this.isAheadOfUs) this.refuse('what is acknowledged was not sent yet');
    else if (this.session?.acknowledge(message, this.core.options.clock.wallMs()) === true) this.afterAck(this.session);
  }

  /** Sends everything that changed, or does so when the push under way is acknowledged. */
  pushAll(): void {
    const { session } = this;
    if (session === undefined || this.isEnded) return;
    if (session.inFlight !== undefined) {
      this.isDue = true;
      this.endIfFarBehind(session);
      return;
    }
    this.isDue = false;
    const push = session.takePush();
    if (push === 'overflow') this.end({ reason: 'overflow', detail: 'more has changed than is remembered' });
    else if (push !== undefined) this.send(push);
  }

  /** Sends endpoints that changed, unless a push is under way. */
  pushEndpoints(): void {
    const { session } = this;
    if (session === undefined || this.isEnded) return;
    if (session.inFlight === undefined) {
      const push = session.takeEndpoints();
      if (push !== undefined) this.send(push);
    } else this.endIfFarBehind(session);
  }

  /** Begins to serve once this replica knows all that the proxy knows. */
  tryBegin(): void {
    const { hello, core } = this;
    if (hello === undefined || core.read === undefined || this.isEnded) return;
    if (hello.revision !== undefined && !covers(core.read, hello.revision)) return;
    this.cancelTimer('behind');
    this.begin(hello);
  }

  /** The transport lost the proxy. */
  close(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.core.forget(this);
    this.session?.close();
    if (this.session !== undefined) this.core.watcher?.onGone(this.session);
  }

  end(end: StreamEnd): void {
    if (this.isEnded) return;
    this.close();
    this.connection.end(end);
  }

  /**
   * Numbers of pushes can be foreseen: who reads nothing and acknowledges everything would have us keep one push after another. Of the last
   * one that a proxy has read, we may not know yet that it is written.
   */
  private get isAheadOfUs(): boolean {
    return (this.connection.queuedCount?.() ?? 0) > 1;
  }

  private receiveHello(hello: Hello): void {
    const { settings, clock } = this.core.options;
    this.cancelTimer('hello');
    if (this.hello !== undefined) return this.refuse('a stream has one Hello');
    if (hello.roots.length > settings.maxRoots) {
      return this.refuse(`${hello.roots.length} roots are more than ${settings.maxRoots}`);
    }
    if (hello.held.size > settings.maxHeld) return this.refuse(`${hello.held.size} resources are more than ${settings.maxHeld}`);
    if (this.core.revision === undefined) return this.end({ reason: 'starting', detail: 'there is no snapshot yet' });
    this.hello = hello;
    this.tryBegin();
    if (this.session !== undefined) return undefined;
    this.core.waiting.add(this);
    const behind = { reason: 'behind', detail: 'this replica knows less than the proxy' } as const;
    this.timers.set(
      'behind',
      clock.after(settings.behindTimeoutMs, () => this.end(behind)),
    );
    return undefined;
  }

  private begin(hello: Hello): void {
    const { core } = this;
    const { settings, clock, random } = core.options;
    const presented = hello.revision ?? { epoch: 0, positions: {} };
    // What the proxy knew, this replica has read: of removals that were before its start it knows nothing of its own.
    const revision = () => joinRevisions(core.revision ?? presented, presented);
    const index = new IndexCursors(
      hello.roots.filter(root => this.isPermitted(root)).flatMap(indexKindOf),
      core.logs,
      core.catalog,
    );
    const session = new ProxySession(`${this.peer}/${hello.proxy}`, index, {
      catalog: core.catalog,
      roots: core.roots,
      revision,
    });
    this.session = session;
    core.noteBegun(session, this);
    session.present(hello.held);
    for (const root of hello.roots) this.subscribe(session, root);
    const ageMs = settings.maxAgeMs * (1 - AGE_JITTER + 2 * AGE_JITTER * random.next());
    this.timers.set(
      'age',
      clock.after(ageMs, () => this.growOld(session)),
    );
    core.watcher?.onReady(session);
    this.pushAll();
  }

  private receiveSubscription({ add, remove }: Subscription): void {
    const { session } = this;
    const { maxRoots } = this.core.options.settings;
    if (add.some(root => indexKindOf(root).length > 0)) return this.refuse('an index is subscribed to in the Hello');
    if (session === undefined) return this.changeHello(add, remove);
    for (const root of remove) session.unsubscribe(root);
    for (const root of add) this.subscribe(session, root);
    if (session.roots.size > maxRoots) return this.refuse(`more than ${maxRoots} roots`);
    return this.pushAll();
  }

  /**
   * Of splits that it was not given, a proxy has nothing to tell: nobody may speak of others' Rollouts, also not by naming one beside a
   * backend of its own. Of one that it is given no more it goes on to tell until what it sent there has ended.
   */
  private receiveReport({ report }: SplitReportMessage): void {
    const { session, core } = this;
    if (session === undefined) return;
    const given = splitsGiven(session.sent.keys(), core.catalog);
    const isHeard = (told: ToldSplit): boolean => given.has(keyOfSplit(told)) || this.heardOf.has(keyOfSplit(told));
    const states = report.states.filter(isHeard);
    const counts = report.counts.filter(isHeard);
    this.heardOf = new Set(states.map(keyOfSplit));
    core.options.onSplitReport?.(session.proxy, { counts, states });
  }

  /** What is asked for while this replica is behind becomes part of the beginning. */
  private changeHello(add: readonly Root[], remove: readonly Root[]): void {
    if (this.hello === undefined) return undefined;
    const roots = new Set([...this.hello.roots, ...add]);
    for (const root of remove) roots.delete(root);
    const { maxRoots } = this.core.options.settings;
    if (roots.size > maxRoots) return this.refuse(`more than ${maxRoots} roots`);
    this.hello = { ...this.hello, roots: [...roots] };
    return undefined;
  }

  private subscribe(session: ProxySession, root: Root): void {
    const isPermitted = this.isPermitted(root);
    if (isPermitted && indexKindOf(root).length > 0) session.noteIndexRoot(root);
    else session.subscribe(root, isPermitted);
  }

  private isPermitted(root: Root): boolean {
    return this.core.options.authorize(this.peer, root);
  }

  private afterAck(session: ProxySession): void {
    this.cancelTimer('ack');
    this.core.watcher?.onAnswer(session);
    if (this.isDue) this.pushAll();
    if (session.inFlight === undefined) this.pushEndpoints();
    if (this.isOld && session.isIdle) this.growOld(session);
  }

  private send(push: Push<Entry>): void {
    const { settings, clock } = this.core.options;
    const late = { reason: 'overflow', detail: `a push was not acknowledged within ${settings.ackTimeoutMs} ms` } as const;
    this.timers.set(
      'ack',
      clock.after(settings.ackTimeoutMs, () => this.end(late)),
    );
    this.connection.send(push);
  }

  private endIfFarBehind({ pendingCount }: ProxySession): void {
    if (pendingCount <= this.core.options.settings.maxPendingNames) return;
    this.end({ reason: 'overflow', detail: `${pendingCount} resources changed while a push was under way` });
  }

  private growOld(session: ProxySession): void {
    this.isOld = true;
    if (session.inFlight === undefined) this.end({ reason: 'age', detail: 'the stream has reached its age' });
  }

  private refuse(detail: string): void {
    this.end({ reason: 'refused', detail });
  }

  private cancelTimer(name: 'ack' | 'age' | 'behind' | 'hello'): void {
    this.timers.get(name)?.cancel();
    this.timers.delete(name);
  }
}

type ToldSplit = Pick<SplitState, 'backend' | 'rollout'>;

/** The splits of the backends among these names. */
function splitsGiven(names: Iterable<ResourceName>, catalog: Catalog): ReadonlySet<string> {
  const given = new Set<string>();
  for (const name of names) {
    const resource = catalog.get(name)?.resource;
    if (resource?.kind !== 'backend' || resource.split === undefined) continue;
    given.add(keyOfSplit({ rollout: resource.split.rollout, backend: resource.label }));
  }
  return given;
}

/** Neither has a blank in it. */
function keyOfSplit({ rollout, backend }: ToldSplit): string {
  return `${rollout} ${backend}`;
}

function indexKindOf(root: Root): readonly ResourceKind[] {
  const parsed = parseRoot(root);
  return parsed?.by === 'index' ? [parsed.value as ResourceKind] : [];
}
