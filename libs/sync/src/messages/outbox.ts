// SPDX-License-Identifier: Apache-2.0

/**
 * What is to be written to a stream, in order, taken by whoever writes as fast as the peer reads. What is offered may be many messages,
 * of which each is made only when it is asked for.
 */
export class Outbox<Message> implements AsyncIterable<Message> {
  private readonly queue: Iterator<Message>[] = [];
  private ended: { readonly error: Error | undefined } | undefined;
  private wake: (() => void) | undefined;

  /** How many offers are not taken whole. */
  get size(): number {
    return this.queue.length;
  }

  offer(messages: Iterable<Message>): void {
    this.queue.push(messages[Symbol.iterator]());
    this.wake?.();
  }

  /** Ends when everything that was offered is taken; with an error, at once. */
  end(error?: Error): void {
    this.ended ??= { error };
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void> {
    for (;;) {
      if (this.ended?.error !== undefined) throw this.ended.error;
      const next = this.queue[0]?.next();
      if (next === undefined) {
        if (this.ended !== undefined) return;
        await new Promise<void>(resolve => {
          this.wake = resolve;
        });
      } else if (next.done === true) this.queue.shift();
      else yield next.value;
    }
  }
}
