// SPDX-License-Identifier: Apache-2.0
import type { Fault } from '../faults/fault.ts';
import type { HeaderList } from './header-list.ts';

/** Takes a body. After `onEnd` or `onFault` nothing more comes. */
export interface BodySink {
  /** False asks the source to stop until `resume`; the chunk itself is always taken, and nobody writes into it afterwards. */
  onData(chunk: Buffer): boolean;
  onEnd(trailers: HeaderList | undefined): void;
  onFault(fault: Fault): void;
}

/** A request's body on its way in. Nothing is read from the client beyond what has arrived before a sink is there. */
export interface RequestBody {
  /** 0 = there is none; undefined = not known before it ends (chunked). */
  readonly contentLength: number | undefined;
  /** Whether a byte has already been given to a sink: from then on the request cannot be sent again from here. */
  readonly isStarted: boolean;
  /** Begins or resumes the flow into `sink`; a second call replaces the sink for what has not come yet. */
  pipe(sink: BodySink): void;
  /** Goes on after a sink's `onData` returned false. */
  resume(): void;
  /** Reads and drops what is left, up to the codec's limit: the answer did not need it. */
  discard(): void;
}
