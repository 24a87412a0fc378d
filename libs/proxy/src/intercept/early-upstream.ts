// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { DialHandler, Dialling } from '../tcp/dial-endpoint.ts';
import type { SpliceSide } from '../tcp/splice-side.ts';

/** A connected endpoint, paused, with what it has said already. */
export interface ConnectedUpstream {
  readonly side: SpliceSide;
  /** In memory of their own; often none. */
  readonly words: Buffer;
}

/** Exactly one of them is called, once. */
export interface UpstreamTaker {
  onConnected(upstream: ConnectedUpstream): void;
  onFailed(error: Error): void;
}

/** What a detection hears of it, while nobody has taken it. */
export interface UpstreamWatcher {
  /** All that it has said so far. It says no more until somebody has taken it, or `listen` is called again. */
  onWords(words: Buffer): void;
  onEnded(): void;
  onFailed(error: Error): void;
}

/** Begins to connect; see DialHandler. May throw a Fault. */
export type BeginDial = (handler: DialHandler) => Dialling;

/**
 * A connection to an endpoint that is begun before it is known whether it will be used. What the endpoint says first is kept, and no more
 * is read than that.
 */
export class EarlyUpstream {
  private readonly dialling: Dialling;
  private readonly watcher: UpstreamWatcher;
  private side: SpliceSide | undefined;
  private words: Buffer = EMPTY;
  private failure: Error | undefined;
  private taker: UpstreamTaker | undefined;
  private isOver = false;
  private readonly onEnd = (): void => this.watcher.onEnded();
  private readonly onError = (error: Error): void => this.fail(error);
  private readonly onClose = (): void => this.fail(new Error('the endpoint closed the connection'));

  constructor(dial: BeginDial, watcher: UpstreamWatcher) {
    this.watcher = watcher;
    this.dialling = this.begin(dial);
  }

  /** Hears the next words too. */
  listen(): void {
    this.side?.socket.resume();
  }

  /** Hands it over: the watcher hears no more. May call the taker before it returns. */
  take(taker: UpstreamTaker): void {
    if (this.isOver) throw new Error('the connection was taken or dropped before');
    this.taker = taker;
    this.settle();
  }

  /** It is not needed: ends the attempt, or closes the connection. */
  drop(): void {
    if (this.isOver || this.taker !== undefined) return;
    this.isOver = true;
    if (this.side === undefined) {
      this.dialling.cancel();
      return;
    }
    this.leave(this.side);
    this.side.socket.on('error', () => undefined);
    this.side.socket.destroy();
  }

  /** No endpoint to choose is a failure like any other. */
  private begin(dial: BeginDial): Dialling {
    try {
      return dial({ onConnected: side => this.connected(side), onFailed: error => this.fail(error) });
    } catch (reason) {
      this.fail(Fault.from(reason));
      return { cancel: () => undefined };
    }
  }

  private connected(side: SpliceSide): void {
    this.side = side;
    if (this.taker !== undefined) {
      this.settle();
      return;
    }
    const { socket } = side;
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onClose);
    side.listen(bytes => {
      socket.pause();
      this.words = this.words.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.words, bytes]);
      this.watcher.onWords(this.words);
    });
    socket.resume();
  }

  private fail(error: Error): void {
    if (this.isOver || this.failure !== undefined) return;
    this.failure = error;
    if (this.taker === undefined) this.watcher.onFailed(error);
    else this.settle();
  }

  /** Gives the taker what there is to give, once there is. */
  private settle(): void {
    const { taker, side, failure, words } = this;
    if (taker === undefined || this.isOver) return;
    if (failure === undefined && side === undefined) return;
    this.isOver = true;
    if (side !== undefined) this.leave(side);
    if (failure !== undefined) taker.onFailed(failure);
    else if (side !== undefined) taker.onConnected({ side, words });
  }

  private leave({ socket }: SpliceSide): void {
    socket.pause();
    socket.off('end', this.onEnd);
    socket.off('error', this.onError);
    socket.off('close', this.onClose);
  }
}

const EMPTY = Buffer.alloc(0);
