// SPDX-License-Identifier: Apache-2.0
import type { Clock, Random, Timer } from '@weir/base';
import type { SplitReport, Transaction } from '@weir/policy/snapshot';
import type { ResourceKind } from '../contract/contract-revisions.ts';
import type { Push, StreamEnd } from '../messages/protocol.ts';
import type { Revision } from '../messages/revision.ts';
import type { Root } from '../messages/root.ts';
import { Catalog } from './catalog.ts';
import type { Change, Entry } from './catalog.ts';
import { Debounce } from './debounce.ts';
import { IndexLog } from './index-log.ts';
import { ProxyStream } from './proxy-stream.ts';
import type { ProxySession } from './proxy-session.ts';
import { RootTable } from './root-table.ts';
import type { SyncSettings } from './sync-settings.ts';

/** Whether a peer may have what a root leads to. */
export type Authorize = (peer: string, root: Root) => boolean;

/** What the core needs of a stream to a proxy. Nothing is called after `end`. */
export interface ProxyConnection {
  /** One at a time: the next comes only when this one was acknowledged. */
  send(push: Push<Entry>): void;
  /** Pushes that are not written whole; absent = each is, as soon as it is sent. */
  readonly queuedCount?: () => number;
  end(end: StreamEnd): void;
}

export interface SyncCoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authorize: Authorize;
  readonly settings: SyncSettings;
  /** A proxy tells what it saw of the revisions behind its splits. */
  readonly onSplitReport?: OnSplitReport | undefined;
}

/** `proxy`: `PEER/PROXY`. */
export type OnSplitReport = (proxy: string, report: SplitReport) => void;

/** What hears of proxies that come, answer and leave. */
export interface SessionWatcher {
  onReady(session: ProxySession): void;
  onAnswer(session: ProxySession): void;
  onGone(session: ProxySession): void;
}

/** How many pushes are made before others have a turn: 2,000 proxies at once must not hold the event loop. */
const PUSHES_A_TURN = 200;

/** The server's side of all streams, without a transport: what changed goes to those who subscribed to it, as transactions. */
export class SyncCore {
  readonly catalog = new Catalog();
  readonly roots = new RootTable<ProxySession>(this.catalog);
  readonly logs = new Map<ResourceKind, IndexLog>();
  readonly streams = new Set<ProxyStream>();
  readonly options: SyncCoreOptions;
  watcher: SessionWatcher | undefined;
  /** Of the snapshot; undefined = there is none yet. */
  revision: Revision | undefined;
  /** How far the sources were read: as far as that, or further where nothing happened. */
  read: Revision | undefined;
  /** Streams that have said what they want and wait for this replica to know as much as they do. */
  readonly waiting = new Set<ProxyStream>();
  readonly indexed = new Map<ResourceKind, Set<ProxyStream>>();
  private readonly owners = new Map<ProxySession, ProxyStream>();
  /** Streams that have begun, by `PEER/PROXY`: one that comes anew before its former stream has ended has two. */
  private readonly proxies = new Map<string, number>();
  private readonly due = new Set<ProxyStream>();
  /** Have endpoints to be told of, which wait for nothing but their turn. */
  private readonly dueEndpoints = new Set<ProxyStream>();
  private readonly changed = new Set<ProxyStream>();
  private readonly debounce: Debounce;
  private turn: Timer | undefined;

  constructor(options: SyncCoreOptions) {
    this.options = options;
    this.debounce = new Debounce(options, () => this.pushChanged());
  }

  /** Moves on to the next snapshot. The first one opens the server for streams. */
  update(transaction: Transaction, revision: Revision): void {
    const changes = this.catalog.apply(transaction, this.options.clock.wallMs());
    this.revision = revision;
    this.read = revision;
    for (const change of changes) this.note(change);
    for (const moved of this.roots.refresh(changes)) {
      for (const session of moved.state.subscribers) {
        session.noteMoved(moved);
        this.markChanged(session);
      }
    }
    for (const stream of this.waiting) stream.tryBegin();
    if (this.turn === undefined) this.pushDue();
    if (this.changed.size > 0) this.debounce.start();
  }

  /** See SyncServer. */
  advance(read: Revision): void {
    this.read = read;
    for (const stream of this.waiting) stream.tryBegin();
  }

  /** `proxy`: `PEER/PROXY`. */
  isConnected(proxy: string): boolean {
    return this.proxies.has(proxy);
  }

  connect(peer: string, connection: ProxyConnection): ProxyStream {
    const stream = new ProxyStream(peer, connection, this);
    this.streams.add(stream);
    return stream;
  }

  /** Ends all streams, so that proxies go to another replica. */
  close(): void {
    this.debounce.cancel();
    this.turn?.cancel();
    for (const stream of this.streams) stream.end({ reason: 'age', detail: 'the control plane is shutting down' });
  }

  /** Stops without a word to anybody, as a process that is killed. */
  abandon(): void {
    this.debounce.cancel();
    this.turn?.cancel();
    for (const stream of this.streams) stream.close();
  }

  noteBegun(session: ProxySession, stream: ProxyStream): void {
    this.waiting.delete(stream);
    this.owners.set(session, stream);
    this.proxies.set(session.proxy, (this.proxies.get(session.proxy) ?? 0) + 1);
    for (const kind of session.index.kinds) {
      const known = this.indexed.get(kind) ?? new Set();
      this.indexed.set(kind, known.add(stream));
    }
  }

  forget(stream: ProxyStream): void {
    this.streams.delete(stream);
    this.waiting.delete(stream);
    this.due.delete(stream);
    this.dueEndpoints.delete(stream);
    this.changed.delete(stream);
    if (stream.session === undefined) return;
    if (this.owners.delete(stream.session)) this.countOff(stream.session.proxy);
    for (const kind of stream.session.index.kinds) this.indexed.get(kind)?.delete(stream);
  }

  private countOff(proxy: string): void {
    const left = (this.proxies.get(proxy) ?? 0) - 1;
    if (left > 0) this.proxies.set(proxy, left);
    else this.proxies.delete(proxy);
  }

  private note(change: Change): void {
    const { name } = change;
    const kind = (change.after ?? change.before)?.kind;
    if (kind !== undefined) this.noteInIndex(kind, change);
    for (const { subscribers } of this.roots.leadingTo(name)) {
      for (const session of subscribers) {
        if (change.isEndpointsOnly) {
          session.noteEndpoints(name);
          const stream = this.owners.get(session);
          if (stream !== undefined) this.dueEndpoints.add(stream);
        } else {
          session.noteChange([name]);
          this.markChanged(session);
        }
      }
    }
  }

  private noteInIndex(kind: ResourceKind, change: Change): void {
    const log = this.logs.get(kind) ?? new IndexLog();
    this.logs.set(kind, log);
    log.append(change, this.catalog.sequence);
    for (const stream of this.indexed.get(kind) ?? []) {
      stream.session?.noteIndexChange();
      this.changed.add(stream);
    }
  }

  private markChanged(session: ProxySession): void {
    const stream = this.owners.get(session);
    if (stream !== undefined) this.changed.add(stream);
  }

  private pushChanged(): void {
    for (const stream of this.changed) this.due.add(stream);
    this.changed.clear();
    if (this.turn === undefined) this.pushDue();
  }

  private pushDue(): void {
    const left = this.pushSome(this.dueEndpoints, PUSHES_A_TURN, stream => stream.pushEndpoints());
    this.pushSome(this.due, left, stream => stream.pushAll());
    const isOver = this.dueEndpoints.size + this.due.size === 0;
    this.turn = isOver ? undefined : this.options.clock.after(0, () => this.pushDue());
  }

  /** How many more may be pushed in this turn. */
  private pushSome(streams: Set<ProxyStream>, most: number, push: (stream: ProxyStream) => void): number {
    let left = most;
    for (const stream of streams) {
      if (left === 0) break;
      left--;
      streams.delete(stream);
      push(stream);
    }
    return left;
  }
}
