// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { isStreamUrl, parseStreamUrl } from '@weir/explain';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** What `weir explain` is asked about. */
export interface Question {
  /** '' for a connection. */
  readonly method: string;
  readonly url: string;
}

/** `METHOD URL` of a request, or the URL of a connection alone. Throws CommandFailure where it is neither. */
export function parseQuestion(first: string, second: string | undefined): Question {
  if (second === undefined) return { method: '', url: parseConnection(first) };
  if (isStreamUrl(second)) throw usage(`a connection has no method: write ${second} alone`);
  const isWeb = URL.canParse(second) && /^https?:/i.test(second);
  if (!isWeb) throw usage('write an absolute URL, such as http://shop.example:8080/cart');
  return { method: first, url: second };
}

function parseConnection(url: string): string {
  if (!isStreamUrl(url)) {
    throw usage('write METHOD and URL, such as GET http://shop.example:8080/cart, or a connection, such as tcp://127.0.0.1:5432');
  }
  try {
    parseStreamUrl(url);
  } catch (reason) {
    throw usage(reasonWords(reason));
  }
  return url;
}

function usage(message: string): CommandFailure {
  return new CommandFailure(EXIT.usage, message);
}
