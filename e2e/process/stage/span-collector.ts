// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@weir/testing';
import { spansFromRequest } from './otlp-message.ts';
import type { ReceivedSpan } from './otlp-message.ts';

export type CollectorMood = 'hang' | 'refuse' | 'take';

/** A collector of OTLP over HTTP, in protobuf. */
export class SpanCollector implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: IncomingMessage[] = [];
  mood: CollectorMood = 'take';
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => void this.receive(request, response));
  }

  static async start(port = 0): Promise<SpanCollector> {
    const collector = new SpanCollector();
    collector.server.listen(port, '127.0.0.1');
    await once(collector.server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits until `count` spans are here, and gives them in the order of their beginnings. */
  async take(count: number): Promise<readonly ReceivedSpan[]> {
    await waitFor(() => this.spans.length >= count, {
      what: () => `${count} spans; there are ${this.spans.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
    });
    return this.spans.splice(0).toSorted((left, right) => Number(left.startNs - right.startNs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (this.mood === 'hang') return;
    if (this.mood === 'take') this.spans.push(...spansFromRequest(Buffer.concat(parts)));
    response.writeHead(this.mood === 'take' ? 200 : 503, { 'content-type': 'application/x-protobuf' }).end();
  }
}
