// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { ResourceVersion } from '../contract/envelope.ts';
import type { AckDigest } from './ack-digest.ts';
import { ProgrammedGroup, refusalOf } from './programmed-group.ts';
import type { Programmed, ProgrammedObject, RefusingProxy } from './programmed-group.ts';
import type { ProxySession } from './proxy-session.ts';
import type { SessionWatcher, SyncCore } from './sync-core.ts';

/** Where the present version of a resource has arrived, among the proxies that are connected and need it. */
export interface ResourceStatus {
  /** Undefined = there is no such resource. */
  readonly version: ResourceVersion | undefined;
  /** Wall time at which the version came; who has not yet taken it is late since then. */
  readonly changedMs: number;
  readonly acked: readonly string[];
  readonly pending: readonly string[];
  readonly refusing: readonly RefusingProxy[];
}

/** Who has what: kept by what sessions note anyhow, so that it costs nothing until it is asked for. */
export class AckBook implements SessionWatcher {
  private readonly core: SyncCore;
  private readonly clock: Clock;
  private readonly sessions = new Map<string, ProxySession>();
  /** Monotonic times at which proxies went. */
  private readonly gone = new Map<string, number>();
  private readonly groups = new Map<string, ProgrammedGroup>();
  /** Groups that still wait for a proxy. */
  private readonly waiting = new Map<string, Set<ProgrammedGroup>>();

  constructor(core: SyncCore) {
    this.core = core;
    this.clock = core.options.clock;
    core.watcher = this;
  }

  /** Who has the present version of a resource, who does not yet, and who refuses it and why. */
  statusOf(name: ResourceName): ResourceStatus {
    const entry = this.core.catalog.get(name);
    const status = { acked: [] as string[], pending: [] as string[], refusing: [] as RefusingProxy[] };
    for (const session of this.subscribersOf(name)) {
      const refusal = session.refusals.get(name);
      if (isPending(session, name, entry?.sequence ?? 0)) status.pending.push(session.proxy);
      else if (refusal === undefined) status.acked.push(session.proxy);
      else status.refusing.push({ proxy: session.proxy, resource: name, reason: refusal.reason, sinceMs: refusal.sinceMs });
    }
    return { version: entry?.version, changedMs: entry?.changedMs ?? 0, ...status };
  }

  /**
   * Whether an object, at its generation, has arrived wherever it was needed when this was first asked. Once true it stays so: proxies
   * that come later begin with it.
   */
  programmed(object: ProgrammedObject): Programmed {
    const group = this.groupOf(object);
    this.settle(group);
    return group.state();
  }

  /** Forgets an object that is no more. */
  forget(key: string): void {
    const group = this.groups.get(key);
    if (group === undefined) return;
    this.groups.delete(key);
    for (const proxy of group.waiting) this.waiting.get(proxy)?.delete(group);
  }

  /**
   * What another replica has to know of an object to answer for all. Who came later is waited for as well where it ran something before:
   * it may come from a replica that waited for it.
   */
  digestOf(object: ProgrammedObject): AckDigest {
    const group = this.groupOf(object);
    this.settle(group);
    const { waiting, gone, refusing } = group.state();
    const isHere = (proxy: string): boolean => this.sessions.has(proxy);
    const isWaiting = new Set(waiting);
    const refused = new Map(refusing.filter(({ proxy }) => isHere(proxy)).map(one => [one.proxy, one]));
    const acked: string[] = [];
    for (const session of this.subscribersOfAll(object.names)) {
      const { proxy } = session;
      if (isWaiting.has(proxy) || refused.has(proxy)) continue;
      const refusal = refusalOf(proxy, object.names, session.refusals);
      if (!session.isCompleteAt(group.sequence)) {
        if (session.hasRun) isWaiting.add(proxy);
      } else if (refusal === undefined) acked.push(proxy);
      else refused.set(proxy, refusal);
    }
    const left = refusing.map(({ proxy }) => proxy).filter(proxy => !isHere(proxy));
    const [waitingHere, away] = partition([...isWaiting], isHere);
    return { acked, waiting: waitingHere, away: [...away, ...left], refusing: [...refused.values()], gone };
  }

  onReady(session: ProxySession): void {
    this.sessions.set(session.proxy, session);
    this.gone.delete(session.proxy);
  }

  onAnswer(session: ProxySession): void {
    for (const group of this.waiting.get(session.proxy) ?? []) this.settleProxy(group, session.proxy);
  }

  onGone(session: ProxySession): void {
    if (this.sessions.get(session.proxy) !== session) return;
    this.sessions.delete(session.proxy);
    if (this.waiting.has(session.proxy)) this.gone.set(session.proxy, this.clock.nowMs());
  }

  private groupOf(object: ProgrammedObject): ProgrammedGroup {
    const known = this.groups.get(object.key);
    if (known?.isFor(object) === true && known.hasMembers) return known;
    this.forget(object.key);
    const sessions = this.subscribersOfAll(object.names);
    const sequences = object.names.map(name => this.core.catalog.get(name)?.sequence ?? this.core.catalog.sequence);
    const members = [...sessions].map(({ proxy }) => proxy);
    const group = new ProgrammedGroup(object, members, Math.max(0, ...sequences));
    this.groups.set(object.key, group);
    for (const proxy of members) this.waiting.set(proxy, (this.waiting.get(proxy) ?? new Set()).add(group));
    return group;
  }

  private settle(group: ProgrammedGroup): void {
    for (const proxy of group.waiting) this.settleProxy(group, proxy);
  }

  private settleProxy(group: ProgrammedGroup, proxy: string): void {
    const session = this.sessions.get(proxy);
    if (session === undefined) this.settleGone(group, proxy);
    else if (session.isCompleteAt(group.sequence)) group.noteAnswer(proxy, session.refusals);
    if (group.waiting.has(proxy)) return;
    const groups = this.waiting.get(proxy);
    groups?.delete(group);
    if (groups?.size !== 0) return;
    this.waiting.delete(proxy);
    this.gone.delete(proxy);
  }

  private settleGone(group: ProgrammedGroup, proxy: string): void {
    const sinceMs = this.gone.get(proxy) ?? this.clock.nowMs();
    if (this.clock.nowMs() - sinceMs >= this.core.options.settings.leaseMs) group.noteGone(proxy);
  }

  private subscribersOfAll(names: readonly ResourceName[]): ReadonlySet<ProxySession> {
    return new Set(names.flatMap(name => [...this.subscribersOf(name)]));
  }

  private subscribersOf(name: ResourceName): ReadonlySet<ProxySession> {
    const kind = this.core.catalog.get(name)?.kind;
    const indexed = kind === undefined ? [] : [...(this.core.indexed.get(kind) ?? [])].flatMap(({ session }) => session ?? []);
    return new Set([...indexed, ...[...this.core.roots.leadingTo(name)].flatMap(({ subscribers }) => [...subscribers])]);
  }
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter(item => !isFirst(item))];
}

function isPending(session: ProxySession, name: ResourceName, sequence: number): boolean {
  const isIndexed = session.index.takenSequence >= sequence && !session.sent.has(name);
  return session.isPending(name) || !(isIndexed || session.sent.has(name));
}
