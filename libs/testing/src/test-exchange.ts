// SPDX-License-Identifier: Apache-2.0
import { Exchange, HeaderList } from '@weir/base';
import type { BodySink, Downstream, Fault, RequestBody, RequestHead } from '@weir/base';

/** What differs from a plain `GET http://shop.example/`. */
export interface TestExchangeInit {
  readonly request?: Partial<RequestHead>;
  readonly body?: RequestBody;
  readonly downstream?: Partial<Downstream>;
  readonly startedMs?: number;
  readonly protocol?: Exchange['protocol'];
}

/** An exchange of a plain request over HTTP/1.1 that came in on port 80. */
export function createTestExchange({ request, body, downstream, startedMs, protocol }: TestExchangeInit = {}): Exchange {
  return new Exchange({
    request: {
      method: 'GET',
      scheme: 'http',
      authority: 'shop.example',
      host: 'shop.example',
      path: '/',
      query: undefined,
      headers: new HeaderList(),
      ...request,
    },
    body: body ?? new TestBody(0),
    downstream: {
      remoteAddress: '192.0.2.1',
      remotePort: 50_000,
      localAddress: '192.0.2.1',
      localPort: 80,
      isTls: false,
      serverName: undefined,
      clientCertificate: undefined,
      ...downstream,
    },
    startedMs: startedMs ?? 0,
    protocol: protocol ?? 'HTTP/1.1',
  });
}

/** A request body that the test feeds. What comes before a sink is there, or while it is paused, waits. */
export class TestBody implements RequestBody {
  readonly contentLength: number | undefined;
  isStarted = false;
  isDiscarded = false;
  /** Whether the source was asked to stop and not yet to go on. */
  isPaused = true;
  private sink: BodySink | undefined = undefined;
  private readonly waiting: ((sink: BodySink) => boolean)[] = [];

  constructor(contentLength: number | undefined) {
    this.contentLength = contentLength;
  }

  data(text: string): void {
    this.waiting.push(sink => {
      this.isStarted = true;
      return sink.onData(Buffer.from(text, 'latin1'));
    });
    this.flow();
  }

  end(): void {
    this.waiting.push(sink => {
      sink.onEnd(undefined);
      return true;
    });
    this.flow();
  }

  fault(fault: Fault): void {
    this.waiting.push(sink => {
      sink.onFault(fault);
      return true;
    });
    this.flow();
  }

  pipe(sink: BodySink): void {
    this.sink = sink;
    this.resume();
  }

  resume(): void {
    this.isPaused = false;
    this.flow();
  }

  discard(): void {
    this.isDiscarded = true;
    this.sink = undefined;
  }

  private flow(): void {
    while (this.sink && !this.isPaused) {
      const deliver = this.waiting.shift();
      if (!deliver) return;
      this.isPaused = !deliver(this.sink);
    }
  }
}
