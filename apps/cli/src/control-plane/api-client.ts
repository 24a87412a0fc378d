// SPDX-License-Identifier: Apache-2.0
import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { reasonWords } from '@weir/base';
import { parseSpiffeId, peerClientOptions } from '@weir/identity';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { ApiAccess } from './api-access.ts';
import { CarriedAgent } from './carried-agent.ts';

const TIMEOUT_MS = 15_000;

export interface ApiQuestion {
  readonly method?: 'DELETE' | 'GET' | 'POST';
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
}

/** The API said no. */
export class ApiRefusal extends CommandFailure {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(EXIT.refused, detail);
    this.status = status;
  }
}

/** Asks the API of a control plane, or what a `weir up` has of it. Throws ApiRefusal where it says no, CommandFailure where nobody answers. */
export class ApiClient implements Disposable {
  private readonly access: ApiAccess;
  /** Of connections that are carried by something else, and are kept as they take a while to make. */
  private readonly agent: Agent | undefined;

  constructor(access: ApiAccess) {
    this.access = access;
    this.agent = access.connect && new CarriedAgent(access.connect, this.tlsOptions());
  }

  /** Ends connections. */
  [Symbol.dispose](): void {
    this.agent?.destroy();
  }

  private get name(): string {
    return this.access.name ?? this.access.url;
  }

  private get kind(): string {
    return this.access.socketPath === undefined ? 'no control plane' : 'no weir up';
  }

  async ask<Answer>({ method = 'GET', path, body }: ApiQuestion): Promise<Answer> {
    const { status, text } = await this.finish(await this.begin({ method, path, body }));
    if (status >= 200 && status < 300) return parseJson(text) as Answer;
    throw new ApiRefusal(status, this.detailOf(status, text));
  }

  /** An answer that may go on for long, as it comes. */
  async open(path: string): Promise<IncomingMessage> {
    const response = await this.begin({ path });
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) {
      // Silence means that nothing happens.
      response.socket.setTimeout(0);
      return response;
    }
    const { text } = await this.finish(response);
    throw new ApiRefusal(statusCode, this.detailOf(statusCode, text));
  }

  /** Problems say it in their detail (RFC 9457); what a proxy answers by way of the control plane is plain text. */
  private detailOf(status: number, text: string): string {
    const answer = parseJson(text);
    const detail: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'detail') : text.trim();
    return typeof detail === 'string' && detail !== '' ? detail : `${this.name} answers with ${status}`;
  }

  private async finish(response: IncomingMessage): Promise<{ readonly status: number; readonly text: string }> {
    try {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += String(part);
      return { status: response.statusCode ?? 0, text };
    } catch (cause) {
      throw this.silence(cause);
    }
  }

  private silence(cause: unknown): CommandFailure {
    if (cause instanceof CommandFailure) return cause;
    return new CommandFailure(EXIT.unavailable, `${this.kind} answers at ${this.name}: ${wordsOf(cause)}`, { cause });
  }

  /** Resolves with the head of the answer. Throws CommandFailure where there is none. */
  private async begin(question: ApiQuestion): Promise<IncomingMessage> {
    try {
      return await this.send(question);
    } catch (cause) {
      throw this.silence(cause);
    }
  }

  private send({ method = 'GET', path, body }: ApiQuestion): Promise<IncomingMessage> {
    const url = new URL(`${this.access.url}/api/v1${path}`);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const { token, socketPath } = this.access;
    const options: RequestOptions = {
      ...{ method, socketPath },
      timeout: TIMEOUT_MS,
      agent: this.agent ?? false,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      },
    };
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === 'https:'
          ? requestHttps(url, { ...options, ...this.tlsOptions() }, resolve)
          : requestHttp(url, options, resolve);
      sent.on('error', reject);
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
      sent.end(text);
    });
  }

  /** The control plane's own certificate has its identity and no host name; a given one is checked as every web server's. */
  private tlsOptions(): ConnectionOptions {
    const { mesh } = this.access;
    const expected = mesh && parseSpiffeId(mesh.identity);
    if (mesh === undefined || expected?.isValid !== true) return {};
    const context = createSecureContext({ ca: mesh.rootsPem, minVersion: 'TLSv1.3' });
    return peerClientOptions(context, { trustDomain: expected.value.trustDomain, expected: expected.value });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What several addresses came to is in an error without words of its own. */
function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(wordsOf).join(', ');
  return reasonWords(cause);
}
