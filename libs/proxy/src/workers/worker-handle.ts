// SPDX-License-Identifier: Apache-2.0
import { Worker } from 'node:worker_threads';
import type { SpanRecord } from '@weir/telemetry';
import type { AnswerOf, FromWorker, RequestKind, RequestOf, WorkerInit } from './worker-messages.ts';
import { WorkerQuestions } from './worker-questions.ts';

/**
 * What a request leaves behind is garbage a moment later. 16 MiB take a twentieth less CPU than 6, for 7 MiB more of resident
 * memory; the default of up to 48 MiB a worker is memory for nothing.
 */
export const MAX_YOUNG_GENERATION_MB = 16;

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
  private readonly questions = new WorkerQuestions(message => this.thread.postMessage(message));

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
        const reason = failure === '' ? `the thread ended with code ${code}` : failure;
        this.questions.end(reason);
        resolve(reason);
      });
    });
  }

  ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>> {
    return this.questions.ask(kind, body);
  }

  async terminate(): Promise<void> {
    await this.thread.terminate();
    await this.ended;
  }

  private onMessage(message: FromWorker): void {
    if ('spans' in message) this.onSpans(message.spans);
    else this.questions.take(message);
  }
}
