// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from './heads.ts';

/** RFC 9110 §9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Whether a request may be sent twice: by its method, or by a key that lets the server tell a repetition
 * (draft-ietf-httpapi-idempotency-key-header).
 */
export function isRepeatable({ method, headers }: RequestHead): boolean {
  return IDEMPOTENT.has(method) || headers.has('idempotency-key');
}
