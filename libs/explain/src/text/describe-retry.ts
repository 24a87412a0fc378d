// SPDX-License-Identifier: Apache-2.0
import type { RetrySpec } from '@weir/policy/snapshot';

/** `2 retries after connection errors and 502, 503; first wait 25 ms`. */
export function describeRetry({ attempts, statusCodes, backoffMs }: RetrySpec): string {
  const codes = statusCodes.length === 0 ? '' : ` and ${statusCodes.join(', ')}`;
  return `${attempts} ${attempts === 1 ? 'retry' : 'retries'} after connection errors${codes}; first wait ${describeMs(backoffMs)}`;
}

/** `1.5 s`, `250 ms`. */
export function describeMs(durationMs: number): string {
  return durationMs >= 1000 ? `${durationMs / 1000} s` : `${durationMs} ms`;
}
