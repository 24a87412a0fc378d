// SPDX-License-Identifier: Apache-2.0

export interface RequestOptions {
  readonly method?: string;
  /** Value of the Host field. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Sent after the body, which is then without an announced length. */
  readonly trailers?: Readonly<Record<string, string>>;
}

/** The raw text of a request with a Content-Length where it has a body, or chunked where trailers follow. */
export function requestText(
  target: string,
  { method = 'GET', host = 'localhost', headers = {}, body, trailers }: RequestOptions = {},
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(each => `${name}: ${each}\r\n`),
  );
  return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}${bodyText(body, trailers)}`;
}

/** Everything from the framing fields on. */
function bodyText(body: string | undefined, trailers: RequestOptions['trailers']): string {
  const text = Buffer.from(body ?? '').toString('latin1');
  if (trailers !== undefined) {
    const chunk = text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`;
    const fields = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
    return `Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n${fields.join('')}\r\n`;
  }
  return body === undefined ? '\r\n' : `Content-Length: ${text.length}\r\n\r\n${text}`;
}
