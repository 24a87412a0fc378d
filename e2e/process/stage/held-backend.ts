// SPDX-License-Identifier: Apache-2.0
import { answering, reply, waitFor } from '@weir/testing';
import type { UpstreamScript } from '@weir/testing';

/** How a client leaves. */
const ENDINGS = ['close', 'end'];

interface HeldRequest {
  readonly target: string;
  answer(): void;
}

/** A backend that answers nothing before the test lets it, and knows how many requests it had at once. */
export class HeldBackend {
  /** Targets in the order in which they came. */
  readonly seen: string[] = [];
  mostAtOnce = 0;
  private readonly waiting: HeldRequest[] = [];

  readonly script: UpstreamScript = answering(async ({ target }, { socket }) => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const forget = (): void => {
      for (const event of ENDINGS) socket.off(event, forget);
      const index = this.waiting.indexOf(request);
      if (index !== -1) this.waiting.splice(index, 1);
    };
    const request: HeldRequest = {
      target,
      answer: () => {
        forget();
        resolve(undefined);
      },
    };
    if (socket.destroyed || socket.readableEnded) return undefined;
    for (const event of ENDINGS) socket.once(event, forget);
    this.waiting.push(request);
    this.seen.push(target);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.waiting.length);
    await promise;
    return reply({ body: target });
  });

  get inFlight(): number {
    return this.waiting.length;
  }

  /** Waits until so many requests are there. */
  async holds(count: number): Promise<void> {
    await waitFor(() => this.inFlight === count, { what: () => `${count} requests at the backend, which has ${this.inFlight}` });
  }

  /** Answers the one that came first. */
  answerFirst(): void {
    this.waiting[0]?.answer();
  }

  answerAll(): void {
    for (const request of [...this.waiting]) request.answer();
  }
}
