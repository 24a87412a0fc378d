// SPDX-License-Identifier: Apache-2.0
import { Worker } from 'node:worker_threads';
import type { SpanRecord } from '@weir/telemetry';
import { WorkerFailureError, WorkerGoneError } from './worker-errors.ts';
import type { AnswerOf, FromWorker, RequestKind, RequestOf, ToWorker, WorkerInit } from './worker-messages.ts';

interface Waiting {
  resolve(answer: AnswerOf<RequestKind>): void;
  reject(error: Error): void;
}

/**
 * What a request leaves behind is garbage a moment later. 16 MiB take a twentieth less CPU than 6, for 7 MiB more of resident
 * memory; the default of up to 48 MiB a worker is memory for nothing.
 */
const MAX_YOUNG_GENERATION_MB = 16;

/** A worker as its pool reaches it. */
export interface WorkerLink {
  /** Of the shared loads. */
  readonly column: number;
  /** Resolves when it has ended, with the reason. */
  readonly ended: Promise<string>;
  /** Told the spans that it hands over; the pool's to set. */
  onSpans: (spans: readonly SpanRecord[]) => void;
  /** Asks it. Throws WorkerFailureError where it could not, WorkerGoneError when it ended first. */
  ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>>;
  /** Ends it at once. */
  terminate(): Promise<void>;
}

/** The main thread's side of one worker thread. */
export class WorkerHandle implements WorkerLink {
  readonly column: number;
  readonly threadId: number;
  readonly ended: Promise<string>;
  onSpans: (spans: readonly SpanRecord[]) => void = () => undefined;
  private readonly thread: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private endReason: string | undefined;

  /** Starts a thread from `file`. */
  constructor(file: URL, init: WorkerInit) {
    this.column = init.column;
    this.thread = new Worker(file, {
      name: `weir-worker-${init.index}`,
      workerData: init,
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
    });
    this.threadId = this.thread.threadId;
    this.thread.on('message', (message: FromWorker) => this.onMessage(message));
    this.ended = new Promise(resolve => {
      let failure = '';
      this.thread.on('error', error => {
        failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
      });
      this.thread.once('exit', code => {
        this.endReason = failure === '' ? `the thread ended with code ${code}` : failure;
        this.failAll(this.endReason);
        resolve(this.endReason);
      });
    });
  }

  ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>> {
    if (this.endReason !== undefined) return Promise.reject(new WorkerGoneError(this.endReason));
    const id = this.nextId++;
    return new Promise<AnswerOf<RequestKind>>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const message = { id, kind, body } as ToWorker;
      this.thread.postMessage(message);
    });
  }

  async terminate(): Promise<void> {
    await this.thread.terminate();
    await this.ended;
  }

  private onMessage(message: FromWorker): void {
    if ('spans' in message) {
      this.onSpans(message.spans);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('answer' in message) waiting?.resolve(message.answer);
    else waiting?.reject(new WorkerFailureError(message.failure.message, message.failure.code));
  }

  private failAll(reason: string): void {
    for (const waiting of this.waiting.values()) waiting.reject(new WorkerGoneError(reason));
    this.waiting.clear();
  }
}
