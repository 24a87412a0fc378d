// SPDX-License-Identifier: Apache-2.0
import { Backoff } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import type { SplitReport, Transaction } from '@weir/policy/snapshot';
import type { Envelope } from '../contract/envelope.ts';
import { PROTOCOL } from '../messages/protocol.ts';
import type { ProxyMessage, Push, StreamEnd } from '../messages/protocol.ts';
import { covers } from '../messages/revision.ts';
import type { Revision } from '../messages/revision.ts';
import { parseRoot } from '../messages/root.ts';
import type { Root } from '../messages/root.ts';
import type { ClientSettings } from './client-settings.ts';
import { Holdings, transactionFromStep } from './holdings.ts';
import type { Rejection } from './holdings.ts';
import { Interests } from './interests.ts';
import type { Need } from './interests.ts';

/** One attempt at a stream. Nothing is sent on it after `close`. */
export interface ServerStream {
  send(message: ProxyMessage): void;
  close(): void;
}

export interface StreamHandler {
  onPush(push: Push): void;
  /** Once, unless the stream was closed from this side. */
  onEnd(end: StreamEnd): void;
}

/** Begins a stream to a control plane; the attempt fails by `onEnd`. */
export type Connect = (handler: StreamHandler) => ServerStream;

/** Runs a transaction whole and answers with no rejections, or runs nothing of it and says because of what. */
export type Apply = (transaction: Transaction, done: (rejections: readonly Rejection[]) => void) => void;

/** What a proxy accepted, as it is kept for its next start. */
export interface Accepted {
  readonly revision: Revision | undefined;
  /** Roots that were asked for on demand. */
  readonly roots: readonly Root[];
  readonly resources: readonly Envelope[];
}

export interface ClientCoreOptions {
  readonly proxy: string;
  /** Subscribed to as long as the proxy lives. */
  readonly roots: readonly Root[];
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: ClientSettings;
  readonly connect: Connect;
  readonly apply: Apply;
  /** What is accepted is another than before. */
  readonly onAccepted: () => void;
  readonly onEnd: (end: StreamEnd) => void;
}

/** `empty`: nothing has come; `restored`: it runs what an earlier process accepted; `current`: a control plane said that it is up to date. */
export type ClientState = 'current' | 'empty' | 'restored';

/** The proxy's side of the stream, without a transport: what runs, what is wanted, and when to try again. */
export class ClientCore {
  state: ClientState = 'empty';
  /** Of the newest push that was taken. */
  revision: Revision | undefined;
  readonly holdings = new Holdings();
  readonly interests: Interests;
  private readonly options: ClientCoreOptions;
  private readonly backoff: Backoff;
  private stream: ServerStream | undefined;
  /** The stream has told everything that the proxy lacked when it began. */
  private isCurrent = false;
  private isApplying = false;
  private isClosed = false;
  /** What runs and what the control plane took it to be are not the same: the next stream begins from nothing. */
  private hasLostCount = false;
  private version = 0;
  private retry: Timer | undefined;
  private readonly sweep: Timer;

  constructor(options: ClientCoreOptions) {
    this.options = options;
    this.interests = new Interests(options.roots, options.clock);
    const { firstBackoffMs, maxBackoffMs, sweepMs } = options.settings;
    this.backoff = new Backoff({ firstMs: firstBackoffMs, maxMs: maxBackoffMs }, options.random);
    this.sweep = options.clock.every(sweepMs, () => this.dropIdle());
  }

  /** Whether a stream is open on which everything was told. */
  get isConnected(): boolean {
    return this.isCurrent;
  }

  /** Runs what an earlier process accepted, then connects; `done` is called when it runs. */
  start(accepted: Accepted | undefined, done: () => void): void {
    const next = (): void => {
      done();
      this.connect();
    };
    if (accepted === undefined) {
      next();
      return;
    }
    this.holdings.present(false);
    this.holdings.take({ upserts: accepted.resources, removes: [] });
    this.interests.restore(accepted.roots);
    this.run(() => {
      this.revision = accepted.revision;
      this.state = 'restored';
      next();
    });
  }

  /** Asks for a root where it is not there yet. */
  need(root: Root, deadlineMs: number, done: (need: Need) => void): void {
    if (!this.interests.hasRoomFor(root)) {
      done({ kind: 'unavailable' });
      return;
    }
    const isNew = this.interests.use(root);
    const known = this.judge(root);
    if (known !== undefined) {
      done(known);
      return;
    }
    this.interests.wait(root, deadlineMs, done);
    if (isNew) this.stream?.send({ type: 'subscription', add: [root], remove: [] });
  }

  /** Tells what was seen of the revisions behind splits; false = nobody can be told now. */
  reportSplits(report: SplitReport): boolean {
    if (!this.isCurrent || this.stream === undefined) return false;
    this.stream.send({ type: 'splitReport', report });
    return true;
  }

  close(): void {
    this.isClosed = true;
    this.retry?.cancel();
    this.sweep.cancel();
    this.drop();
  }

  accepted(): Accepted {
    const held = [...this.holdings.applied.values()];
    const roots = this.interests.demanded.filter(root => this.interests.outcomeOf(root) === 'present');
    return { revision: this.revision, roots, resources: held.map(({ envelope }) => envelope) };
  }

  private connect(): void {
    if (this.isClosed || this.isApplying) return;
    const stream = this.options.connect({
      onPush: push => {
        if (this.stream === stream) this.receive(push, stream);
      },
      onEnd: end => {
        if (this.stream === stream) this.lose(end);
      },
    });
    this.stream = stream;
    const held = this.holdings.present(!this.hasLostCount);
    const { proxy } = this.options;
    stream.send({ type: 'hello', proxy, protocol: PROTOCOL, revision: this.revision, roots: this.interests.roots, held });
  }

  private receive(push: Push, stream: ServerStream): void {
    if (this.revision !== undefined && !covers(push.revision, this.revision)) {
      this.abandon('the control plane went back in time');
      return;
    }
    this.holdings.take(push);
    if (this.holdings.checksum !== push.checksum) {
      this.hasLostCount = true;
      this.abandon('what this proxy has is not what the control plane takes it to have');
      return;
    }
    this.run(() => {
      this.interests.answer(push.answers);
      this.hasLostCount = false;
      this.revision = push.revision;
      this.state = 'current';
      this.options.onAccepted();
      // Who waited goes on before the control plane hears of it: an answer to it may take long to be sent.
      if (this.stream === stream) this.isCurrent = true;
      this.interests.settle(root => this.judge(root));
      if (this.stream !== stream) return;
      this.backoff.reset();
      stream.send({ type: 'ack', nonce: push.nonce, rejections: this.holdings.rejections() });
    });
  }

  /** Makes what is wanted run, as far as it can; what cannot is left out, with what belongs to it, and the rest tried again. */
  private run(done: () => void): void {
    const step = this.holdings.nextStep();
    if (step.upserts.length + step.removes.length === 0) {
      this.finish(done);
      return;
    }
    this.isApplying = true;
    this.options.apply(transactionFromStep(step, ++this.version), rejections => {
      if (rejections.length === 0) {
        this.holdings.commit(step);
        this.finish(done);
      } else {
        this.holdings.refuse(step, rejections);
        this.run(done);
      }
    });
  }

  private finish(done: () => void): void {
    const hasWaited = this.isApplying;
    this.isApplying = false;
    done();
    // A stream that was lost meanwhile is only replaced now: what runs had to be known.
    if (hasWaited && this.stream === undefined && this.retry === undefined) this.reconnect();
  }

  private lose(end: StreamEnd): void {
    this.stream = undefined;
    this.isCurrent = false;
    this.options.onEnd(end);
    if (end.reason === 'age') this.backoff.reset();
    this.reconnect();
  }

  private abandon(detail: string): void {
    this.drop();
    this.options.onEnd({ reason: 'refused', detail });
    this.reconnect();
  }

  private drop(): void {
    const { stream } = this;
    this.stream = undefined;
    this.isCurrent = false;
    stream?.close();
  }

  private reconnect(): void {
    if (this.isClosed || this.isApplying) return;
    this.retry = this.options.clock.after(this.backoff.nextMs(), () => {
      this.retry = undefined;
      this.connect();
    });
  }

  /** Nothing goes while the control plane is away: it could not be had again. */
  private dropIdle(): void {
    if (!this.isCurrent) return;
    const remove = this.interests.dropIdle(this.options.settings.idleMs);
    if (remove.length > 0) this.stream?.send({ type: 'subscription', add: [], remove });
  }

  private judge(root: Root): Need | undefined {
    const outcome = this.interests.outcomeOf(root);
    if (outcome === undefined) return undefined;
    // What was missing may have come while nobody could say so.
    if (outcome !== 'present') return this.isCurrent ? { kind: 'missing', outcome } : undefined;
    const { by, value } = parseRoot(root) ?? { by: 'name', value: root };
    if (by !== 'name' || this.holdings.applied.has(value)) return { kind: 'present' };
    return { kind: 'refused', reason: this.holdings.rejectionOf(value) ?? 'it does not run' };
  }
}
