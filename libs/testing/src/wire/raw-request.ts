// SPDX-License-Identifier: Apache-2.0
import { Message } from './message.ts';

/** A request as an upstream read it. */
export class RawRequest extends Message {
  get method(): string {
    return this.startLine.split(' ')[0]!;
  }

  get target(): string {
    return this.startLine.split(' ')[1]!;
  }
}
