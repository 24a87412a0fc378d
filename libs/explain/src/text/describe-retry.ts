// SPDX-License-Identifier: Apache-2.0
import { GRPC_STATUS_NAMES } from '@weir/policy/snapshot';
import type { RetrySpec } from '@weir/policy/snapshot';

/** `2 retries after connection errors and 502, 503; first wait 25 ms`; codes of gRPC by name: `and gRPC unavailable, aborted`. */
export function describeRetry({ attempts, statusCodes, grpcStatusCodes, backoffMs }: RetrySpec): string {
  const names = grpcStatusCodes.map(code => GRPC_STATUS_NAMES[code] ?? `code ${code}`);
  const causes = [
    'connection errors',
    ...(statusCodes.length === 0 ? [] : [statusCodes.join(', ')]),
    ...(names.length === 0 ? [] : [`gRPC ${names.join(', ')}`]),
  ];
  const retries = `${attempts} ${attempts === 1 ? 'retry' : 'retries'}`;
  return `${retries} after ${causes.join(' and ')}; first wait ${describeMs(backoffMs)}`;
}

/** `1.5 s`, `250 ms`. */
export function describeMs(durationMs: number): string {
  return durationMs >= 1000 ? `${durationMs / 1000} s` : `${durationMs} ms`;
}
