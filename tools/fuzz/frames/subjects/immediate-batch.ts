// SPDX-License-Identifier: Apache-2.0
import { type SocketWriter, WriteBatch } from '@weir/proxy/http2';

/** Flushes when it is told to, instead of at the end of the event-loop turn. */
export class ImmediateBatch extends WriteBatch {
  private readonly waiting: SocketWriter[] = [];

  override add(writer: SocketWriter): void {
    this.waiting.push(writer);
  }

  flush(): void {
    for (const writer of this.waiting.splice(0)) writer.flush();
  }
}
