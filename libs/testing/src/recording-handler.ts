// SPDX-License-Identifier: Apache-2.0
import type { BodySink, Fault, ResponseHandler, ResponseHead } from '@weir/base';

/** What a handler or sink was told, a word or two per call: `head 200`, `data abc`, `end`, `fault upstream_reset`. */
export interface RecordingHandler extends ResponseHandler {
  readonly events: string[];
  /** What `onData` answers. */
  isTaking: boolean;
}

/** Takes an answer or a body and writes down what came. */
export function createRecordingHandler(): RecordingHandler {
  const events: string[] = [];
  return {
    events,
    isTaking: true,
    onInformation: (head: ResponseHead) => void events.push(`information ${head.status}`),
    onHead: (head: ResponseHead) => void events.push(`head ${head.status}`),
    onData(chunk: Buffer) {
      events.push(`data ${chunk.toString('latin1')}`);
      return this.isTaking;
    },
    onEnd: () => void events.push('end'),
    onFault: (fault: Fault) => void events.push(`fault ${fault.code}`),
  } satisfies BodySink & RecordingHandler;
}
