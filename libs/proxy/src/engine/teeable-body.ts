// SPDX-License-Identifier: Apache-2.0
import type { BodySink, RequestBody } from '@weir/base';

/** A body that a second taker may watch. */
export interface TeeableBody extends RequestBody {
  /** Gives `copy` all that comes from now on; its wish to pause is not heeded, so it must bound what it keeps. */
  tee(copy: BodySink): void;
}

export function isTeeable(body: RequestBody): body is TeeableBody {
  return 'tee' in body;
}
