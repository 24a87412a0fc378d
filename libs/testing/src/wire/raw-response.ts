// SPDX-License-Identifier: Apache-2.0
import { Message } from './message.ts';
import type { MessageParts } from './message.ts';

/** A response as a client read it. */
export class RawResponse extends Message {
  /** The 1xx responses that came before it. */
  readonly interim: readonly RawResponse[];

  constructor(init: MessageParts, interim: readonly RawResponse[] = []) {
    super(init);
    this.interim = interim;
  }

  get status(): number {
    return Number(this.startLine.slice(9, 12));
  }
}
