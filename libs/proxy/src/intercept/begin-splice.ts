// SPDX-License-Identifier: Apache-2.0
import { StreamPipe } from '../tcp/stream-pipe.ts';
import type { SpliceSide } from '../tcp/splice-side.ts';
import type { ConnectedUpstream } from './early-upstream.ts';

/** A client whose first bytes were looked at, paused. */
export interface HeldClient {
  /** From `OpenedSource.spliced()`. */
  readonly side: SpliceSide;
  /** What it has said, in memory of its own. */
  readonly words: Buffer;
}

/** Both directions of a splice, whose bytes can be counted. */
export interface Splice {
  readonly up: StreamPipe;
  readonly down: StreamPipe;
}

/**
 * Joins the two: first what each had said when nobody carried it, then all that follows; a side that has ended ends the other one's
 * direction and no more. Errors and ends of the sockets are the caller's to hear.
 *
 * A side may have ended before: one whose first bytes were looked at, and one of TLS, which is read ahead while it is paused; Node tells
 * of such an end once, to whoever listens then.
 */
export function beginSplice(client: HeldClient, upstream: ConnectedUpstream): Splice {
  const up = new StreamPipe(client.side, upstream.side.socket);
  const down = new StreamPipe(upstream.side, client.side.socket);
  up.start(client.words);
  down.start(upstream.words);
  if (client.side.socket.readableEnded) upstream.side.socket.end();
  if (upstream.side.socket.readableEnded) client.side.socket.end();
  return { up, down };
}
