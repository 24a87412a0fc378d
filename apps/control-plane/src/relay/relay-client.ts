// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import type { Duplex } from 'node:stream';
import type { Clock } from '@weir/base';
import type HttpProxy from 'http-proxy';
import { loadHttpProxy } from './load-http-proxy.ts';
import { OneSocketAgent } from './one-socket-agent.ts';

/** Until the head of an answer; a snapshot of a large mesh takes a second. */
const HEAD_TIMEOUT_MS = 15_000;

/** All that a proxy is told of a request: no token, nothing of a hop (RFC 9110 §7.6.1), nothing about who asks. */
const ASKED: readonly string[] = ['accept', 'accept-encoding'];
/** All that is believed of an answer: a proxy that was taken over must not speak for the API, set cookies or lead elsewhere. */
const ANSWERED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'content-type']);
/** An answer is data, whatever its type says. */
const NO_PAGE = "sandbox; default-src 'none'";

/** A proxy gave no answer; `isLate`: not in time. */
export class RelayFailed extends Error {
  override readonly name = 'RelayFailed';
  readonly isLate: boolean;

  constructor(isLate: boolean, cause: Error) {
    super(cause.message, { cause });
    this.isLate = isLate;
  }
}

export interface RelayedExchange {
  /** Its method goes on, its target does not. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the proxy is asked for. */
  readonly target: string;
}

/** Passes requests to proxies and their answers back, streams as well. */
export class RelayClient {
  private readonly clock: Pick<Clock, 'after'>;
  private readonly proxy: HttpProxy;

  private constructor(clock: Pick<Clock, 'after'>, proxy: HttpProxy) {
    this.clock = clock;
    this.proxy = proxy;
    proxy.on('proxyRes', (answer, _request, response) => takeAnswer(answer, response));
  }

  static async load(clock: Pick<Clock, 'after'>): Promise<RelayClient> {
    const library = await loadHttpProxy();
    return new RelayClient(clock, library.createProxyServer());
  }

  /**
   * Asks on a connection of its own, which it ends. Resolves when nothing follows, however it ended once an answer had begun; rejects with
   * RelayFailed where none did.
   */
  pass(socket: Duplex, { request, response, target }: RelayedExchange): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    let isLate = false;
    const late = this.clock.after(HEAD_TIMEOUT_MS, () => {
      isLate = !response.headersSent;
      if (isLate) socket.destroy();
    });
    response.once('close', () => {
      late.cancel();
      socket.destroy();
      resolve(undefined);
    });
    request.headers = askedHeaders(request.headers);
    request.url = target;
    // As objects and untouched: the library would read texts with the deprecated url.parse.
    const options = { target: { host: 'proxy', port: 80, protocol: 'http:' }, toProxy: true, agent: new OneSocketAgent(socket) };
    this.proxy.web(request, response, options, error => {
      late.cancel();
      socket.destroy();
      if (response.headersSent) response.destroy();
      else reject(new RelayFailed(isLate, error));
    });
    return promise;
  }
}

function askedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = ASKED.flatMap(name => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  return { host: 'proxy', ...Object.fromEntries(kept) };
}

/** Before any of it is sent. Where it ends too early so does what is sent, for all to see. */
function takeAnswer(answer: IncomingMessage, response: ServerResponse): void {
  answer.headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => ANSWERED.has(name)));
  response.setHeader('Content-Security-Policy', NO_PAGE);
  // A stream may have nothing to say for long; that it has begun is known now.
  response.once('pipe', () => response.flushHeaders());
  finished(answer, error => {
    if (error) response.destroy();
  });
}
