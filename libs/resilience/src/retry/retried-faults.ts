// SPDX-License-Identifier: Apache-2.0
import type { FaultCode } from '@weir/base';
import type { RetryKind } from '@weir/policy/snapshot';

/** Faults after which no byte of the request can have been processed. */
export const UNPROCESSED: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_connect_failed',
  'upstream_connect_timeout',
  'upstream_tls_failed',
  'upstream_reset_before_request',
]);

/** Of these, those that another endpoint, or the same a moment later, may well not have: tried again though nobody asks for it. */
export const TRANSIENT: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_connect_failed',
  'upstream_connect_timeout',
  'upstream_reset_before_request',
]);

const FAULT_OF_KIND: Readonly<Record<RetryKind, FaultCode>> = { Reset: 'upstream_reset', Timeout: 'upstream_timeout' };

/** The faults after which requests that may be sent twice are. */
export function retriedFaults(kinds: readonly RetryKind[]): ReadonlySet<FaultCode> {
  return new Set([...UNPROCESSED, ...kinds.map(kind => FAULT_OF_KIND[kind])]);
}
