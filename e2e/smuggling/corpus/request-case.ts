// SPDX-License-Identifier: Apache-2.0

/** What is sent over one connection, and what may become of it. Text is one character a byte. */
export interface RequestCase {
  /** A sentence. */
  readonly name: string;
  readonly bytes: string;
  /** Statuses of the answers, in order. */
  readonly answers: readonly number[];
  /** Requests that the backend sees, as `METHOD target`, with ` body` behind it where there is one. */
  readonly seen: readonly string[];
  /** Whether the gateway closes the connection afterwards by itself. */
  readonly closes: boolean;
  /** Fields of the first request that the backend sees: a value, or undefined where it must not come. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** The client says that no more will come, right after the bytes. */
  readonly endsWriting?: boolean;
}

export const HOST = 'shop.test';
/** A request that must never reach the backend. */
export const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;

/** A head with a Host field, these lines and the empty line. */
export function head(startLine: string, ...lines: readonly string[]): string {
  return [startLine, `Host: ${HOST}`, ...lines, '', ''].join('\r\n');
}

/** A case that the gateway refuses whole: one answer, nothing for the backend, closed. */
export function refused(name: string, bytes: string, status = 400): RequestCase {
  return { name, bytes, answers: [status], seen: [], closes: true };
}

/** A case with one reading: each request is seen and answered 200, and the connection goes on. */
export function served(name: string, bytes: string, seen: readonly string[]): RequestCase {
  return { name, bytes, answers: seen.map(() => 200), seen, closes: false };
}

/** A case whose first request is served; what follows it is refused. */
export function servedThenRefused(name: string, bytes: string, seen: string): RequestCase {
  return { name, bytes, answers: [200, 400], seen: [seen], closes: true };
}

/** A case whose first request is served and ends the connection: what follows it is nobody's. */
export function servedThenClosed(name: string, bytes: string, seen: string): RequestCase {
  return { name, bytes, answers: [200], seen: [seen], closes: true };
}

/** Request bytes that end within a message: no answer is owed, and the backend sees no complete request. */
export function cutOff(name: string, bytes: string): RequestCase {
  return { name, bytes, answers: [], seen: [], closes: true, endsWriting: true };
}
