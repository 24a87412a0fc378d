// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from '@weir/testing';
import type { RawResponse } from '@weir/testing';

/** An application that calls another Service for each request that it gets. */
export class ForwardingApp implements AsyncDisposable {
  /** Where it calls, a port of loopback; the sidecars have to be there first. */
  next = 0;
  /** Fields of its requests that it sends on. */
  forwards: readonly string[] = [];
  /** Fields of answers that it answers with. */
  returns: readonly string[] = [];
  /** What it was sent, in order. */
  readonly seen: IncomingHttpHeaders[] = [];
  private readonly server = createServer((incoming, response) => void this.answer(incoming, response));

  static async start(parts: Partial<Pick<ForwardingApp, 'forwards' | 'returns'>> = {}): Promise<ForwardingApp> {
    const app = new ForwardingApp();
    Object.assign(app, parts);
    app.server.listen(0, '127.0.0.1');
    await once(app.server, 'listening');
    return app;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, url = '/' } = incoming;
    this.seen.push(headers);
    try {
      const fields = this.forwards
        .filter(name => headers[name] !== undefined)
        .map(name => [name, String(headers[name])] as const);
      const answer = await request({ port: this.next }, url, {
        headers: { ...Object.fromEntries<string>(fields), Connection: 'close' },
      });
      response.writeHead(answer.status, fieldsOf(answer, this.returns)).end(answer.text);
    } catch {
      response.destroy();
    }
  }
}

function fieldsOf(answer: RawResponse, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = answer.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
