// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Dispatch, Exchange, HeaderList, ResponseHandler, ResponseHead, UpstreamCall } from '@weir/base';
import type { ServiceAnswer } from '@weir/filters';

/** Sends a request and gathers its answer; rejects with a Fault, also where the answer's body is longer than `maxBytes`. */
export function collectAnswer(dispatch: Dispatch, exchange: Exchange, maxBytes: number): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    const collector = new AnswerCollector(maxBytes, { resolve, reject });
    collector.call = dispatch(exchange, collector);
  });
}

interface Outcome {
  resolve(answer: ServiceAnswer): void;
  reject(fault: Fault): void;
}

class AnswerCollector implements ResponseHandler {
  call: UpstreamCall | undefined;
  private readonly maxBytes: number;
  private readonly outcome: Outcome;
  private readonly chunks: Buffer[] = [];
  private head: ResponseHead | undefined;
  private byteCount = 0;

  constructor(maxBytes: number, outcome: Outcome) {
    this.maxBytes = maxBytes;
    this.outcome = outcome;
  }

  onInformation(): void {
    // Says nothing about the answer.
  }

  onHead(head: ResponseHead): void {
    this.head = head;
    if ((head.contentLength ?? 0) > this.maxBytes) this.refuseLength();
  }

  onData(chunk: Buffer): boolean {
    this.byteCount += chunk.length;
    if (this.byteCount > this.maxBytes) this.refuseLength();
    else this.chunks.push(chunk);
    return true;
  }

  onEnd(trailers: HeaderList | undefined): void {
    const { status = 0, headers } = this.head ?? {};
    if (headers === undefined) return;
    this.outcome.resolve({ status, headers, body: Buffer.concat(this.chunks), trailers });
  }

  onFault(fault: Fault): void {
    this.outcome.reject(fault);
  }

  private refuseLength(): void {
    this.chunks.length = 0;
    this.call?.cancel();
    this.outcome.reject(new Fault('upstream_protocol_error', `its answer is longer than ${this.maxBytes} bytes`));
  }
}
