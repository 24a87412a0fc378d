// SPDX-License-Identifier: Apache-2.0
import { WorkerFailureError, WorkerGoneError } from './worker-errors.ts';
import type { AnswerOf, FromWorker, RequestKind, RequestOf, ToWorker } from './worker-messages.ts';

interface Waiting {
  resolve(answer: AnswerOf<RequestKind>): void;
  reject(error: Error): void;
}

/** What is asked of one worker over a channel, until it is answered. */
export class WorkerQuestions {
  private readonly post: (message: ToWorker) => void;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private endReason: string | undefined;

  constructor(post: (message: ToWorker) => void) {
    this.post = post;
  }

  /** Throws WorkerFailureError where the worker could not, WorkerGoneError when it ended first. */
  ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>> {
    if (this.endReason !== undefined) return Promise.reject(new WorkerGoneError(this.endReason));
    const id = this.nextId++;
    return new Promise<AnswerOf<RequestKind>>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.post({ id, kind, body } as ToWorker);
    });
  }

  take(message: Exclude<FromWorker, { readonly spans: unknown }>): void {
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if ('answer' in message) waiting?.resolve(message.answer);
    else waiting?.reject(new WorkerFailureError(message.failure.message, message.failure.code));
  }

  /** Nothing will be answered any more. */
  end(reason: string): void {
    this.endReason = reason;
    for (const waiting of this.waiting.values()) waiting.reject(new WorkerGoneError(reason));
    this.waiting.clear();
  }
}
