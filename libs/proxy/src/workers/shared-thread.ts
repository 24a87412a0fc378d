// SPDX-License-Identifier: Apache-2.0
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { MAX_YOUNG_GENERATION_MB } from './worker-handle.ts';
import type { WorkerLink } from './worker-handle.ts';
import type { AnswerOf, FromWorker, RequestKind, RequestOf, WorkerInit } from './worker-messages.ts';
import { WorkerQuestions } from './worker-questions.ts';

/** What the thread is told of each worker. */
export interface SharedWorkerStart {
  readonly init: WorkerInit;
  readonly port: MessagePort;
}

const MAIN = new URL('./shared-thread-main.ts', import.meta.url);

/**
 * One thread for the workers of many pools, for where each carries little: a thread costs some 40 MB and half a second of CPU, whatever
 * it does. Where it ends, all of them end, and the next worker begins a new one.
 */
export class SharedThread {
  private thread: Worker | undefined;
  private readonly links = new Set<SharedLink>();

  /** For a pool's `createWorker`. */
  readonly createWorker = (init: WorkerInit): WorkerLink => {
    this.thread ??= this.startThread();
    const { port1, port2 } = new MessageChannel();
    const link = new SharedLink(init.column, { port: port1, onEnded: () => this.forget(link) });
    this.links.add(link);
    this.thread.postMessage({ init, port: port2 } satisfies SharedWorkerStart, [port2]);
    return link;
  };

  private startThread(): Worker {
    const thread = new Worker(MAIN, {
      name: 'weir-shared-workers',
      resourceLimits: { maxYoungGenerationSizeMb: MAX_YOUNG_GENERATION_MB },
    });
    let failure = '';
    thread.on('error', error => {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    thread.once('exit', code => {
      if (this.thread === thread) this.thread = undefined;
      const reason = failure === '' ? `the thread ended with code ${code}` : failure;
      for (const link of this.links) link.end(reason);
    });
    return thread;
  }

  /** The last one takes the thread with it. */
  private forget(link: SharedLink): void {
    this.links.delete(link);
    if (this.links.size > 0) return;
    const { thread } = this;
    this.thread = undefined;
    void thread?.terminate();
  }
}

/** The main thread's side of one worker in a shared thread. */
class SharedLink implements WorkerLink {
  readonly column: number;
  readonly ended: Promise<string>;
  onSpans: WorkerLink['onSpans'] = () => undefined;
  private readonly port: MessagePort;
  private readonly questions: WorkerQuestions;
  private readonly whenEnded = Promise.withResolvers<string>();

  constructor(column: number, { port, onEnded }: { readonly port: MessagePort; readonly onEnded: () => void }) {
    this.column = column;
    this.port = port;
    this.ended = this.whenEnded.promise;
    this.questions = new WorkerQuestions(message => port.postMessage(message));
    port.on('message', (message: FromWorker) => {
      if ('spans' in message) this.onSpans(message.spans);
      else this.questions.take(message);
    });
    void this.ended.then(onEnded);
  }

  ask<Kind extends RequestKind>(kind: Kind, body: RequestOf<Kind>): Promise<AnswerOf<Kind>> {
    return this.questions.ask(kind, body);
  }

  /** The thread hears that the port is closed, and ends the worker's connections. */
  async terminate(): Promise<void> {
    this.end('the worker was ended');
    await this.ended;
  }

  end(reason: string): void {
    this.port.close();
    this.questions.end(reason);
    this.whenEnded.resolve(reason);
  }
}
