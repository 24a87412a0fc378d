// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ClusterObject } from '../api/cluster-api.ts';
import { EVENTS } from '../write/builtin-resources.ts';
import type { ObjectPlace, ObjectWriter, WrittenObject } from '../write/object-writer.ts';
import { microTime } from '../write/micro-time.ts';
import { TokenBucket } from '../write/token-bucket.ts';

export interface EventWriterOptions {
  readonly writer: Pick<ObjectWriter, 'create' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Who tells: the replica. */
  readonly instance: string;
  readonly onNote: (text: string) => void;
}

/** Something about an object that a person should know. */
export interface ObjectEvent {
  readonly about: ObjectPlace;
  /** Not given: `Warning`. */
  readonly type?: 'Normal' | 'Warning';
  /** Tells it from what was the same at another time; not given: what says the same is the same. */
  readonly id?: string;
  /** In UpperCamelCase, such as `NotProvisioned`. */
  readonly reason: string;
  /** What was done, or not done: `Provision`. */
  readonly action: string;
  readonly note: string;
}

const CONTROLLER = 'weir.dev/control-plane';
const RATE = { perSecond: 1, burst: 25 };
/** Of one that was told, nothing is told again for so long; it is kept for an hour (kube-apiserver --event-ttl). */
const SAME_MS = 600_000;
/** More wait for nobody: what is wrong with objects is in the log as well. */
const MAX_WAITING = 100;
const MAX_NOTE = 1024;

/** Writes events (events.k8s.io/v1) while this replica leads: one a second, 25 at once, and the same again only after ten minutes. */
export class EventWriter {
  private readonly options: EventWriterOptions;
  private readonly bucket: TokenBucket;
  private readonly told = new Map<string, number>();
  private waiting: ObjectEvent[] = [];
  private term: AbortSignal = AbortSignal.abort();
  private timer: Timer | undefined;
  private isBusy = false;

  constructor(options: EventWriterOptions) {
    this.options = options;
    this.bucket = new TokenBucket(RATE, options.clock);
  }

  /** This replica leads until `signal` aborts. */
  lead(signal: AbortSignal): void {
    this.term = signal;
    this.waiting = [];
    signal.addEventListener('abort', () => {
      this.timer?.cancel();
      this.timer = undefined;
    });
  }

  /** Tells about an object; does nothing where this replica does not lead. */
  tell(event: ObjectEvent): void {
    if (this.term.aborted || this.waiting.length >= MAX_WAITING || this.isTold(event)) return;
    this.waiting.push(event);
    this.schedule(0);
  }

  private isTold(event: ObjectEvent): boolean {
    const nowMs = this.options.clock.nowMs();
    for (const [key, atMs] of this.told) if (nowMs - atMs >= SAME_MS) this.told.delete(key);
    const key = digestOf(event);
    if (this.told.has(key)) return true;
    this.told.set(key, nowMs);
    return false;
  }

  private schedule(delayMs: number): void {
    if (this.term.aborted || this.timer !== undefined) return;
    this.timer = this.options.clock.after(delayMs, () => {
      this.timer = undefined;
      void this.work(this.term);
    });
  }

  private async work(signal: AbortSignal): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    let waitMs = 0;
    for (;;) {
      const [event] = this.waiting;
      if (event === undefined || signal.aborted) break;
      waitMs = this.bucket.take();
      if (waitMs > 0) break;
      this.waiting.shift();
      await this.write(event, signal);
    }
    this.isBusy = false;
    if (this.waiting.length > 0) this.schedule(waitMs);
  }

  private async write(event: ObjectEvent, signal: AbortSignal): Promise<void> {
    const { writer, onNote } = this.options;
    try {
      const object = await writer.get(event.about, signal);
      if (object === undefined) return;
      const written = this.eventOf(event, object);
      const { name, namespace = '' } = written.metadata;
      await writer.create({ resource: EVENTS, namespace, name }, written, signal);
    } catch (reason) {
      if (reason instanceof ApiError && reason.isInEndingNamespace) return;
      if (!signal.aborted) onNote(`an event cannot be written: ${reasonWords(reason)}`);
    }
  }

  private eventOf({ about, type = 'Warning', reason, action, note }: ObjectEvent, object: ClusterObject): WrittenObject {
    const { clock, random, instance } = this.options;
    const { name, namespace, uid, resourceVersion } = object.metadata;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // Events about what is in no namespace are in the default one.
      metadata: { name: `${about.name.slice(0, 200)}.${random.hex(8)}`, namespace: namespace ?? 'default' },
      ...{ type, reason, action, note: shorten(note) },
      ...{ reportingController: CONTROLLER, reportingInstance: instance, eventTime: microTime(clock.wallMs()) },
      regarding: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
    };
  }
}

function digestOf({ about: { resource, namespace, name }, id, reason, note }: ObjectEvent): string {
  return createHash('sha256')
    .update(JSON.stringify([resource.kind, namespace, name, id, reason, note]))
    .digest('base64');
}

function shorten(note: string): string {
  return note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE - 1)}…` : note;
}
