// SPDX-License-Identifier: Apache-2.0

/** What a backend answers to one request, and what the client may get of it. Text is one character a byte. */
export interface ResponseCase {
  /** A sentence. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Parts that the backend sends, each as a packet of its own. */
  readonly parts: readonly string[];
  /** The backend ends its side afterwards. */
  readonly ends: boolean;
  /** What the client gets: a status with a body, or a body that breaks off. */
  readonly expected:
    | { readonly status: number; readonly body?: string; readonly fields?: Readonly<Record<string, string | undefined>> }
    | 'cut off';
}

/** A response that must never reach a client as an answer of its own. */
export const STOLEN = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen';

/** A response of these lines with the empty line behind them. */
export function responseHead(...lines: readonly string[]): string {
  return [...lines, '', ''].join('\r\n');
}

/** The gateway answers 502 for itself. */
export function rejected(name: string, bytes: string): ResponseCase {
  return { name, method: 'GET', parts: [bytes], ends: false, expected: { status: 502 } };
}

/** The client gets the response, and nothing of what is behind it. */
export function passed(name: string, bytes: string, body: string): ResponseCase {
  return { name, method: 'GET', parts: [bytes], ends: false, expected: { status: 200, body } };
}

/** A response whose status has no body, whatever it says: the client gets none. */
export function bodiless(name: string, status: 204 | 304, bytes: string): ResponseCase {
  return { ...passed(name, bytes, ''), expected: { status, body: '' } };
}

/** The body turns out to be broken when its head is on its way: the client must be able to tell. */
export function brokenOff(name: string, bytes: string, ends = false): ResponseCase {
  return { name, method: 'GET', parts: [bytes], ends, expected: 'cut off' };
}
