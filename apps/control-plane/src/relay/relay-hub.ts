// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream';
import type { Clock } from '@weir/base';

/** A proxy has one; a second one may come while the first is still being found dead. */
const MAX_SPARES = 2;
/** All gateways have one identity; no identity has the memory of the control plane to itself. */
const MAX_SPARES_OF_PEER = 1024;
/** How long a request waits for a connection: longer than a proxy takes for a handshake, or to come back after a restart of ours. */
const WAIT_MS = 5_000;
/** Requests that wait for one proxy. */
const MAX_WAITING = 32;

/** A connection that a proxy opened to be asked on, once. */
export interface OfferedConnection {
  /** Identity that its certificate proves. */
  readonly peer: string;
  /** `PEER/PROXY`. */
  readonly proxy: string;
  /** Flowing; nothing comes on it before something is asked. */
  readonly socket: Duplex;
}

/** `unknown`: no proxy has this name; `no-relay`: it is connected, and does not let itself be asked; `busy`: it answers others. */
export type RelayRefusal = 'busy' | 'no-relay' | 'unknown';

/** There is no connection to ask a proxy on. */
export class RelayUnavailable extends Error {
  override readonly name = 'RelayUnavailable';
  readonly refusal: RelayRefusal;

  constructor(refusal: RelayRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

export interface RelayHubOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** Whether a proxy of this name has a stream of configuration here. */
  readonly isConnected: (proxy: string) => boolean;
}

interface ProxyLine {
  /** With what takes each out of here. */
  readonly spares: Map<Duplex, () => void>;
  /** Each takes the next connection that comes. */
  readonly waiting: Set<(socket: Duplex) => void>;
  answeringCount: number;
}

/** The connections on which proxies let themselves be asked: they come from them, and each is good for one request. */
export class RelayHub {
  private readonly options: RelayHubOptions;
  private readonly lines = new Map<string, ProxyLine>();
  private readonly sparesOfPeer = new Map<string, number>();

  constructor(options: RelayHubOptions) {
    this.options = options;
  }

  /** Takes a connection, or ends it where there are enough. */
  offer({ peer, proxy, socket }: OfferedConnection): void {
    const line = this.lineOf(proxy);
    const [waiting] = line.waiting;
    if (waiting !== undefined) {
      line.waiting.delete(waiting);
      waiting(this.use(socket, proxy));
      return;
    }
    const spareCount = this.sparesOfPeer.get(peer) ?? 0;
    if (line.spares.size >= MAX_SPARES || spareCount >= MAX_SPARES_OF_PEER) {
      socket.destroy();
      this.dropIfEmpty(proxy);
      return;
    }
    this.sparesOfPeer.set(peer, spareCount + 1);
    const unasked = (): void => void socket.destroy();
    const leave = (): void => {
      socket.off('data', unasked).off('close', leave);
      line.spares.delete(socket);
      this.countOff(peer);
      this.dropIfEmpty(proxy);
    };
    line.spares.set(socket, leave);
    socket.once('data', unasked).once('close', leave);
  }

  /** A connection to ask a proxy on, once; it is the caller's from then on. Rejects with RelayUnavailable. */
  async take(proxy: string): Promise<Duplex> {
    const [spare] = this.lines.get(proxy)?.spares ?? [];
    if (spare !== undefined) {
      const [socket, leave] = spare;
      leave();
      return this.use(socket, proxy);
    }
    if (!this.lines.has(proxy) && !this.options.isConnected(proxy)) throw new RelayUnavailable('unknown');
    return this.wait(proxy);
  }

  /** Whether a proxy lets itself be asked. */
  isOffered(proxy: string): boolean {
    const line = this.lines.get(proxy);
    return line !== undefined && line.spares.size + line.answeringCount > 0;
  }

  /** Ends spare connections; those in use are their users'. */
  close(): void {
    for (const { spares } of this.lines.values()) {
      for (const socket of spares.keys()) socket.destroy();
    }
  }

  private wait(proxy: string): Promise<Duplex> {
    const line = this.lineOf(proxy);
    if (line.waiting.size >= MAX_WAITING) throw new RelayUnavailable('busy');
    return new Promise((resolve, reject) => {
      const late = this.options.clock.after(WAIT_MS, () => {
        line.waiting.delete(take);
        this.dropIfEmpty(proxy);
        reject(new RelayUnavailable(line.answeringCount > 0 ? 'busy' : 'no-relay'));
      });
      const take = (socket: Duplex): void => {
        late.cancel();
        resolve(socket);
      };
      line.waiting.add(take);
    });
  }

  private use(socket: Duplex, proxy: string): Duplex {
    const line = this.lineOf(proxy);
    line.answeringCount += 1;
    return socket.once('close', () => {
      line.answeringCount -= 1;
      this.dropIfEmpty(proxy);
    });
  }

  private countOff(peer: string): void {
    const left = (this.sparesOfPeer.get(peer) ?? 0) - 1;
    if (left > 0) this.sparesOfPeer.set(peer, left);
    else this.sparesOfPeer.delete(peer);
  }

  private lineOf(proxy: string): ProxyLine {
    const found = this.lines.get(proxy) ?? { spares: new Map(), waiting: new Set(), answeringCount: 0 };
    this.lines.set(proxy, found);
    return found;
  }

  private dropIfEmpty(proxy: string): void {
    const { spares, waiting, answeringCount } = this.lineOf(proxy);
    if (spares.size + waiting.size + answeringCount === 0) this.lines.delete(proxy);
  }
}
