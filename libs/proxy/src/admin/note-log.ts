// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';

/** So many notes are kept for who asks later. */
const MAX_KEPT = 100;
/** A note can have the text of a peer's error in it. */
const MAX_TEXT = 4096;
/** Who takes no more than this behind is let go: what happens must not pile up for a reader that sleeps. */
const MAX_BEHIND_BYTES = 1_048_576;

/** Who reads along. */
export interface NoteReader {
  /** Bytes that were written and not yet taken. */
  readonly writableLength: number;
  write(text: string): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** What a process has told people, for those who ask from elsewhere: the last notes, and whatever follows. */
export class NoteLog {
  private readonly clock: Pick<Clock, 'wallMs'>;
  private readonly kept: string[] = [];
  private readonly readers = new Set<NoteReader>();

  constructor(clock: Pick<Clock, 'wallMs'>) {
    this.clock = clock;
  }

  add(text: string): void {
    const time = new Date(this.clock.wallMs()).toISOString();
    const line = `${JSON.stringify({ time, text: text.slice(0, MAX_TEXT) })}\n`;
    this.kept.push(line);
    if (this.kept.length > MAX_KEPT) this.kept.shift();
    for (const reader of this.readers) this.send(reader, line);
  }

  /** Writes JSON Lines (`time`, `text`) until the reader goes. */
  follow(reader: NoteReader): void {
    reader.write(this.kept.join(''));
    this.readers.add(reader);
    reader.once('close', () => this.readers.delete(reader));
  }

  private send(reader: NoteReader, line: string): void {
    if (reader.writableLength > MAX_BEHIND_BYTES) reader.destroy();
    else reader.write(line);
  }
}
