// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import { reasonWords } from '@weir/base';
import { MAX_KEY_SET_BYTES } from '@weir/policy/snapshot';

export interface GetOptions {
  readonly authoritiesPem: string | undefined;
  readonly lookup: LookupFunction;
}

/** The server is there, and its answer is not what was asked for. */
export class UnwantedAnswer extends Error {
  override readonly name = 'UnwantedAnswer';
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
const MAX_SHOWN_LENGTH = 200;

/**
 * The body of a 200, on a connection of its own. Redirects are not followed: whoever can make a server redirect would name the keys.
 * Ends with `signal`, at whatever it is; there is no other deadline.
 */
export async function getText(url: URL, signal: AbortSignal, options: GetOptions): Promise<string> {
  const request = open(url, signal, options);
  // What comes after the answer has begun is the answer's error, too; unheard, it would end the process.
  request.on('error', () => undefined);
  request.end();
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assertWanted(response);
    return await readBody(response);
  } catch (error) {
    throw error instanceof AggregateError ? inOneSentence(error) : error;
  } finally {
    request.destroy();
  }
}

function open(url: URL, signal: AbortSignal, { authoritiesPem, lookup }: GetOptions): ClientRequest {
  const options: RequestOptions = {
    signal,
    lookup,
    agent: false,
    // Said, as NODE_TLS_REJECT_UNAUTHORIZED would change what is not.
    rejectUnauthorized: true,
    headers: { accept: 'application/jwk-set+json, application/json', 'accept-encoding': 'identity', 'user-agent': 'weir' },
    ...(authoritiesPem === undefined ? {} : { ca: authoritiesPem }),
  };
  return url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
}

function assertWanted({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode >= 500) throw new Error(`it answers ${statusCode}`);
  if (statusCode >= 300 && statusCode < 400) {
    const target = JSON.stringify(headers.location ?? '').slice(0, MAX_SHOWN_LENGTH);
    throw new UnwantedAnswer(`it answers ${statusCode} and points to ${target}; redirects are not followed, write where it ends`);
  }
  if (statusCode !== 200) throw new UnwantedAnswer(`it answers ${statusCode} instead of 200`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new UnwantedAnswer(`its answer is in ${encoding.slice(0, MAX_SHOWN_LENGTH)}, which was not asked for`);
  }
  if (Number(headers['content-length'] ?? 0) > MAX_KEY_SET_BYTES) throw tooLong();
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > MAX_KEY_SET_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  try {
    return UTF8.decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new UnwantedAnswer('its answer is not UTF-8', { cause });
  }
}

/** Of a name with several addresses, each of which failed. The error itself has no message. */
function inOneSentence(error: AggregateError): Error {
  const messages = error.errors.map(each => reasonWords(each));
  return new Error(messages.join('; '), { cause: error });
}

function tooLong(): UnwantedAnswer {
  return new UnwantedAnswer(`its answer is longer than ${MAX_KEY_SET_BYTES} bytes`);
}
