// SPDX-License-Identifier: Apache-2.0
import type { ServerStream, StreamHandler } from '../client/client-core.ts';
import type { ProxyMessage, StreamEnd } from '../messages/protocol.ts';
import type { ProxyStream } from '../server/proxy-stream.ts';
import type { SyncCore } from '../server/sync-core.ts';
import type { Chance, SimulatedTime } from './simulated-time.ts';

const LOST: StreamEnd = { reason: 'lost', detail: 'the simulation cut it' };

/** A replica as the network sees it: it may be down. */
export interface Reachable {
  readonly name: string;
  core: SyncCore | undefined;
}

/** Streams between proxies and replicas: in order each, in no order among each other, late, cut, or stuck. */
export class SimulatedNetwork {
  private readonly links = new Set<Link>();
  private readonly stuckUntil = new Map<string, number>();
  private readonly time: SimulatedTime;
  private readonly chance: Chance;

  constructor(time: SimulatedTime, chance: Chance) {
    this.time = time;
    this.chance = chance;
  }

  connect(proxy: string, replica: Reachable, handler: StreamHandler): ServerStream {
    const link = new Link({ proxy, replica, handler, network: this });
    this.links.add(link);
    link.open();
    return { send: message => link.sendUp(message), close: () => link.closeFromProxy() };
  }

  /** Nothing passes between the two for a while; what was sent meanwhile comes late. */
  partition(proxy: string, replica: Reachable, forMs: number): void {
    this.stuckUntil.set(`${proxy} ${replica.name}`, this.time.nowMs() + forMs);
    if (this.chance.is(0.5)) this.cut(link => link.proxy === proxy && link.replica === replica);
  }

  heal(): void {
    this.stuckUntil.clear();
  }

  /** Ends streams; each side hears of it at a time of its own, and what was under way is lost. */
  cut(isMeant: (link: { readonly proxy: string; readonly replica: Reachable }) => boolean): void {
    for (const link of this.links) if (isMeant(link)) link.cut();
  }

  /** Calls `action` when a message between the two that is sent now, behind those before it, arrives. */
  deliver(link: Link, after: number, action: () => void): number {
    const stuckMs = this.stuckUntil.get(`${link.proxy} ${link.replica.name}`) ?? 0;
    const now = this.time.nowMs();
    const atMs = Math.max(after, stuckMs, now + (this.chance.is(0.1) ? this.chance.between(0, 800) : this.chance.between(0, 20)));
    this.time.after(atMs - now, action);
    return atMs;
  }

  later(withinMs: number, action: () => void): void {
    this.time.after(this.chance.between(0, withinMs), action);
  }

  forget(link: Link): void {
    this.links.delete(link);
  }
}

interface LinkParts {
  readonly proxy: string;
  readonly replica: Reachable;
  readonly handler: StreamHandler;
  readonly network: SimulatedNetwork;
}

class Link {
  readonly proxy: string;
  readonly replica: Reachable;
  private readonly handler: StreamHandler;
  private readonly network: SimulatedNetwork;
  private server: ProxyStream | undefined;
  private isUpOpen = true;
  private isDownOpen = true;
  private upMs = 0;
  private downMs = 0;

  constructor({ proxy, replica, handler, network }: LinkParts) {
    this.proxy = proxy;
    this.replica = replica;
    this.handler = handler;
    this.network = network;
  }

  open(): void {
    this.up(() => {
      const { core } = this.replica;
      if (core === undefined) {
        this.down(() => this.endProxy(LOST));
        return;
      }
      this.server = core.connect('spiffe://mesh', {
        send: push => this.down(() => this.handler.onPush(push)),
        end: end => this.down(() => this.endProxy(end)),
      });
    });
  }

  sendUp(message: ProxyMessage): void {
    this.up(() => this.server?.receive(message));
  }

  closeFromProxy(): void {
    this.isDownOpen = false;
    this.up(() => this.closeServer());
  }

  cut(): void {
    this.network.forget(this);
    this.network.later(3000, () => this.endProxy(LOST));
    this.network.later(3000, () => this.closeServer());
  }

  private up(action: () => void): void {
    this.upMs = this.network.deliver(this, this.upMs, () => {
      if (this.isUpOpen) action();
    });
  }

  private down(action: () => void): void {
    this.downMs = this.network.deliver(this, this.downMs, () => {
      if (this.isDownOpen) action();
    });
  }

  private endProxy(end: StreamEnd): void {
    this.network.forget(this);
    if (!this.isDownOpen) return;
    this.isDownOpen = false;
    this.handler.onEnd(end);
  }

  private closeServer(): void {
    this.isUpOpen = false;
    this.server?.close();
    this.network.forget(this);
  }
}
