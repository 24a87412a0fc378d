// SPDX-License-Identifier: Apache-2.0

export interface RequestOptions {
  readonly method?: string;
  /** Value of the Host field. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** The raw text of a request with a Content-Length where it has a body. */
export function requestText(
  target: string,
  { method = 'GET', host = 'localhost', headers = {}, body }: RequestOptions = {},
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map(each => `${name}: ${each}\r\n`),
  );
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const rest = body === undefined ? '' : Buffer.from(body).toString('latin1');
  return `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${lines.join('')}${length}\r\n${rest}`;
}
