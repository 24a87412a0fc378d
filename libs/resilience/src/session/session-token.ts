// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';

/** What a client carries from request to request. */
export interface SessionToken {
  readonly endpointId: string;
  /** When the session began. */
  readonly startedMs: number;
}

/** Of the hash; 96 bits, with which no two endpoints meet. */
const ID_LENGTH = 16;
const TOKEN = /^([\w-]{16})\.([0-9a-z]{1,9})$/;

/**
 * Names an endpoint of a backend without telling its address; the same in all gateways, so that any of them can go on with a
 * session. `backend`: `namespace/service:port`; `endpoint`: `address:port`.
 */
export function sessionEndpointId(backend: string, endpoint: string): string {
  return createHash('sha256').update(`weir session\n${backend}\n${endpoint}`).digest('base64url').slice(0, ID_LENGTH);
}

/** Fits in a cookie's value and in a header's. */
export function formatSessionToken({ endpointId, startedMs }: SessionToken): string {
  return `${endpointId}.${Math.floor(startedMs / 1_000).toString(36)}`;
}

/** Undefined = it is none of ours. Clients can write what they like here: it leads to an endpoint that they could get anyway, or to none. */
export function parseSessionToken(text: string): SessionToken | undefined {
  const [, endpointId, started] = TOKEN.exec(text) ?? [];
  if (endpointId === undefined || started === undefined) return undefined;
  return { endpointId, startedMs: Number.parseInt(started, 36) * 1_000 };
}
