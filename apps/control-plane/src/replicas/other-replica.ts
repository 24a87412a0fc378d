// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import type { AckDigest } from '@weir/sync/server';
import type { ObjectEdition, ReplicaLink } from './replica-link.ts';
import type { ReplicaPlace } from './replica-place.ts';

export interface OtherReplicaParts {
  readonly place: ReplicaPlace;
  readonly link: ReplicaLink;
  readonly clock: Clock;
  /** It has begun anew, and knows no more of what it said. Must not throw. */
  readonly onRestart: () => void;
  /** Told why it does not answer, once, and when it does again. Must not throw. */
  readonly onNote: (text: string) => void;
}

/** What a replica said of an object, or why it did not. */
export type Said = { readonly digest: AckDigest } | { readonly silence: string };

interface Answer {
  readonly edition: string;
  readonly said: Said;
  readonly atMs: number;
}

/** Longer than it takes to ask about all objects in turn; answers are as long as there are proxies. */
const REMEMBERED_MS = 60_000;
/** Shorter than a person waits, longer than a busy replica takes. */
const TIMEOUT_MS = 2_000;
const REST_MS = 1_000;
/** For all objects of one question; what is left then comes first the next time. */
const MAX_CALLS = 10;

/** Another replica, with what it said last. */
export class OtherReplica {
  readonly place: ReplicaPlace;
  readonly link: ReplicaLink;
  private readonly parts: OtherReplicaParts;
  private readonly answers = new Map<string, Answer>();
  private isFailing = false;
  /** Monotonic time. */
  private restsUntilMs = -Infinity;
  private instance: string | undefined;

  constructor(parts: OtherReplicaParts) {
    this.parts = parts;
    this.place = parts.place;
    this.link = parts.link;
  }

  /** Asks about objects. Never rejects: what it did not answer, and did not answer before, it is known to keep silent about. */
  async ask(objects: readonly ObjectEdition[]): Promise<void> {
    this.forgetOld();
    // An answer has as many as fit: those come first that were not answered for longest, so that each has its turn.
    let open: readonly ObjectEdition[] = objects.toSorted((one, other) => this.askedMs(one) - this.askedMs(other));
    for (let calls = 0; calls < MAX_CALLS; calls++) {
      const left = await this.askOnce(open);
      if (left.length === 0 || left.length === open.length) return;
      open = left;
    }
  }

  /** Undefined = it was not asked about this edition. */
  answerTo({ key, edition }: ObjectEdition): Said | undefined {
    const answer = this.answers.get(key);
    return answer?.edition === edition ? answer.said : undefined;
  }

  forget(key: string): void {
    this.answers.delete(key);
  }

  /** What a call answers; undefined where it failed, or took too long. */
  async bounded<Value>(call: (signal: AbortSignal) => Promise<Value>, timeoutMs = TIMEOUT_MS): Promise<Value | undefined> {
    const ending = new AbortController();
    const late = this.parts.clock.after(timeoutMs, () => {
      this.restsUntilMs = this.parts.clock.nowMs() + REST_MS;
      ending.abort(new Error(`no answer within ${timeoutMs / 1000} s`));
    });
    try {
      const value = await call(ending.signal);
      if (this.isFailing) this.parts.onNote(`replica ${this.place.name} answers again`);
      this.isFailing = false;
      this.restsUntilMs = -Infinity;
      return value;
    } catch (reason) {
      this.fail(reasonWords(reason));
      return undefined;
    } finally {
      late.cancel();
    }
  }

  /** A replica that hangs costs whoever asks the whole time: for a while nobody asks again. */
  private get isResting(): boolean {
    return this.parts.clock.nowMs() < this.restsUntilMs;
  }

  /** Gives those that found no room in the answer. */
  private async askOnce(objects: readonly ObjectEdition[]): Promise<readonly ObjectEdition[]> {
    const answered = this.isResting ? undefined : await this.bounded(signal => this.link.acks(objects, signal));
    if (answered === undefined) {
      this.noteSilence(objects);
      return [];
    }
    const { instance, digests } = answered;
    this.noteInstance(instance);
    for (const object of objects) if (digests.has(object.key)) this.note(object, saidFrom(digests.get(object.key)));
    return objects.filter(({ key }) => !digests.has(key));
  }

  private askedMs({ key }: ObjectEdition): number {
    return this.answers.get(key)?.atMs ?? -Infinity;
  }

  private noteSilence(objects: readonly ObjectEdition[]): void {
    for (const object of objects) if (this.answerTo(object) === undefined) this.note(object, { silence: 'does not answer' });
  }

  private fail(reason: string): void {
    const { place, onNote } = this.parts;
    if (!this.isFailing) onNote(`replica ${place.name} (${place.address}) does not answer: ${reason}`);
    this.isFailing = true;
  }

  private noteInstance(instance: string): void {
    if (this.instance !== undefined && this.instance !== instance) {
      this.answers.clear();
      this.parts.onRestart();
    }
    this.instance = instance;
  }

  private note({ key, edition }: ObjectEdition, said: Said): void {
    this.answers.delete(key);
    this.answers.set(key, { edition, said, atMs: this.parts.clock.nowMs() });
  }

  /** The oldest are in front. */
  private forgetOld(): void {
    const sinceMs = this.parts.clock.nowMs() - REMEMBERED_MS;
    for (const [key, { atMs }] of this.answers) {
      if (atMs > sinceMs) return;
      this.answers.delete(key);
    }
  }
}

function saidFrom(digest: AckDigest | undefined): Said {
  return digest === undefined ? { silence: 'has not read this version yet' } : { digest };
}
