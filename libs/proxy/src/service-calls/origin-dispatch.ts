// SPDX-License-Identifier: Apache-2.0
import { Resolver } from 'node:dns/promises';
import { Agent as PlainAgent, request as requestHttp } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestHttps } from 'node:https';
import { Fault, HeaderList } from '@weir/base';
import type { Dispatch, Exchange, FaultCode, HeaderList as Fields, ResponseHandler, UpstreamCall } from '@weir/base';
import { createCaresLookup } from '../key-sets/cares-lookup.ts';

export interface OriginOptions {
  /** Who may vouch for the server; undefined = whom Node trusts, and NODE_EXTRA_CA_CERTS. */
  readonly authoritiesPem: string | undefined;
}

/** Connections that are open at once, and are kept; calls beyond wait for one within their time. */
const MAX_SOCKETS = 64;

/**
 * Sends requests to a server outside of the configuration, by its origin: `https://issuer.example`. Names are looked up by c-ares, and
 * redirects are not followed: whoever can make a server redirect would be told what is meant for it alone.
 */
export function createOriginDispatch(origin: string, { authoritiesPem }: OriginOptions): Dispatch {
  const { protocol, hostname, port } = new URL(origin);
  const isSecure = protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: MAX_SOCKETS, lookup: createCaresLookup(new Resolver({ timeout: 1000, tries: 2 })) };
  // Said, as NODE_TLS_REJECT_UNAUTHORIZED would change what is not.
  const trust = { rejectUnauthorized: true, ...(authoritiesPem === undefined ? {} : { ca: authoritiesPem }) };
  const agent: Agent = isSecure ? new SecureAgent({ ...pool, ...trust }) : new PlainAgent(pool);
  const open = isSecure ? requestHttps : requestHttp;
  // Of an IPv6 address the URL has brackets, which are no part of it.
  const server = { agent, hostname: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? undefined : Number(port) };
  return (exchange, handler) => {
    const { method, path, query, authority, headers } = exchange.request;
    const request = open({ ...server, method, path: query === undefined ? path : `${path}?${query}` });
    request.setHeader('host', authority);
    request.setHeader('accept-encoding', 'identity');
    for (const [name, value] of headers.entries()) request.setHeader(name, value);
    return new OriginCall(request, handler).start(exchange);
  };
}

class OriginCall implements UpstreamCall {
  private readonly request: ClientRequest;
  private readonly handler: ResponseHandler;
  private response: IncomingMessage | undefined;
  private isOver = false;

  constructor(request: ClientRequest, handler: ResponseHandler) {
    this.request = request;
    this.handler = handler;
  }

  start({ body }: Exchange): this {
    const { request } = this;
    // Errors after the answer has begun are heard of here, too; unheard, they would end the process.
    request.on('error', (error: Error) => this.fail(codeOf(error, request), error.message));
    request.on('response', (response: IncomingMessage) => this.take(response));
    request.setHeader('content-length', String(body.contentLength ?? 0));
    body.pipe({
      onData: chunk => {
        request.write(chunk);
        return true;
      },
      onEnd: () => request.end(),
      onFault: ({ message }) => this.fail('internal', message),
    });
    return this;
  }

  resume(): void {
    this.response?.resume();
  }

  cancel(): void {
    this.isOver = true;
    this.request.destroy();
  }

  private take(response: IncomingMessage): void {
    if (this.isOver) return;
    this.response = response;
    const length = response.headers['content-length'];
    this.handler.onHead({
      status: response.statusCode ?? 0,
      headers: fieldsOf(response),
      contentLength: length === undefined ? undefined : Number(length),
    });
    response.on('data', (chunk: Buffer) => {
      if (!this.isOver && !this.handler.onData(chunk)) response.pause();
    });
    response.on('error', (error: Error) => this.fail('upstream_reset', error.message));
    response.on('end', () => this.end());
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.handler.onEnd(undefined);
  }

  private fail(code: FaultCode, message: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.request.destroy();
    this.handler.onFault(new Fault(code, message));
  }
}

function codeOf(error: Error, request: ClientRequest): FaultCode {
  const code = 'code' in error ? String(error.code) : '';
  if (/^(?:ERR_TLS|ERR_SSL|CERT|DEPTH|SELF_SIGNED|UNABLE_TO)/.test(code)) return 'upstream_tls_failed';
  if (code.startsWith('HPE_')) return 'upstream_protocol_error';
  return request.reusedSocket || code === 'ECONNRESET' ? 'upstream_reset' : 'upstream_connect_failed';
}

function fieldsOf({ rawHeaders }: IncomingMessage): Fields {
  const fields = new HeaderList();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) fields.append(rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!);
  return fields;
}
