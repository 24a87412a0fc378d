// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from 'node:http';

/** Requests that a server has taken and not answered yet. */
export class AnswersUnderWay {
  private readonly responses = new Set<ServerResponse>();
  private readonly none = Promise.withResolvers<undefined>();
  private isEnding = false;

  add(response: ServerResponse): void {
    this.responses.add(response);
    response.once('close', () => {
      this.responses.delete(response);
      this.look();
    });
    if (this.isEnding) leaveNothingOpen(response);
  }

  /** No connection is used again after its answer; resolves when there is nothing to answer any more. */
  async end(): Promise<void> {
    this.isEnding = true;
    for (const response of this.responses) leaveNothingOpen(response);
    this.look();
    await this.none.promise;
  }

  private look(): void {
    if (this.isEnding && this.responses.size === 0) this.none.resolve(undefined);
  }
}

function leaveNothingOpen(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
