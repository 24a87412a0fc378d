// SPDX-License-Identifier: Apache-2.0
import type { MeshParts } from '../engine/engine-contract.ts';
import { createTrafficWorker } from './create-traffic-worker.ts';
import { WorkerGoneError } from './worker-errors.ts';
import type { WorkerLink } from './worker-handle.ts';
import type { AnswerOf, RequestKind, RequestOf, ToWorker, WorkerInit } from './worker-messages.ts';

/** A worker in the thread of its pool: what a sidecar carries does not need another thread, whose memory every pod would pay for. */
export class InlineWorker implements WorkerLink {
  readonly column: number;
  readonly ended: Promise<string>;
  onSpans: WorkerLink['onSpans'] = () => undefined;
  private readonly worker;
  private readonly end = Promise.withResolvers<string>();
  private isEnded = false;

  constructor(init: WorkerInit, parts: MeshParts) {
    this.column = init.column;
    this.ended = this.end.promise;
    this.worker = createTrafficWorker(init, { ...parts, sendSpans: spans => this.onSpans(spans) });
  }

  async ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>> {
    if (this.isEnded) throw new WorkerGoneError(ENDED);
    return this.worker.handle({ id: 0, kind, body } as ToWorker);
  }

  async terminate(): Promise<void> {
    this.isEnded = true;
    this.end.resolve(ENDED);
    await this.ended;
  }
}

const ENDED = 'the worker was ended';
