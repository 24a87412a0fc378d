// SPDX-License-Identifier: Apache-2.0
import type { ResponseHandler, ResponseHead } from '@weir/base';

/** More than any server sends before its answer; what comes above is dropped, as 1xx responses may be. */
const MAX_HELD = 8;

/**
 * Holds 1xx responses back until their attempt is known to be the one that answers. 100 (Continue) passes at once, and once:
 * the client may be waiting for it with the body (RFC 9110 §10.1.1).
 */
export class HeldInformation {
  private readonly handler: ResponseHandler;
  private held: ResponseHead[] = [];
  private hasContinued = false;

  constructor(handler: ResponseHandler) {
    this.handler = handler;
  }

  take(head: ResponseHead): void {
    if (head.status === 100) {
      if (!this.hasContinued) this.handler.onInformation(head);
      this.hasContinued = true;
    } else if (this.held.length < MAX_HELD) {
      this.held.push(head);
    }
  }

  release(): void {
    for (const head of this.held) this.handler.onInformation(head);
    this.held = [];
  }

  drop(): void {
    this.held = [];
  }
}
