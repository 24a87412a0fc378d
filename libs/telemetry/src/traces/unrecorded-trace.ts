// SPDX-License-Identifier: Apache-2.0
import type { Trace } from '@weir/base';

/** A trace of which nothing is recorded: the log has its id, and there is nothing else to do. */
export class UnrecordedTrace implements Trace {
  readonly traceId: string;
  readonly spanId = '';
  route = '';

  constructor(traceId: string) {
    this.traceId = traceId;
  }

  attempt(): undefined {
    return undefined;
  }

  end(): void {
    // There is no span.
  }
}
