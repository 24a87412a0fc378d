// SPDX-License-Identifier: Apache-2.0
import { GRPC_STATUS_NAMES } from '../../snapshot/index.ts';
import type { RetrySpec } from '../../snapshot/index.ts';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { DEFAULT_BACKOFF_MS, DEFAULT_RETRY_ATTEMPTS } from './resolve-rule.ts';
import type { RuleRefusal } from './resolved-route.ts';

export const GRPC_RETRY_ON = 'weir.dev/grpc-retry-on';
export const GRPC_RETRY_ATTEMPTS = 'weir.dev/grpc-retry-attempts';

/** More would only add load to a backend that is in trouble. */
const MAX_ATTEMPTS = 10;

/** How calls of a route are repeated, and what of that cannot be read: it refuses every rule of the route. */
export interface GrpcRetry {
  readonly spec: RetrySpec | undefined;
  readonly refusals: readonly RuleRefusal[];
}

/** Reads the annotations of a GRPCRoute, which has no field for retries. */
export function resolveGrpcRetry(annotations: Readonly<Record<string, string>>): GrpcRetry {
  const { [GRPC_RETRY_ON]: written, [GRPC_RETRY_ATTEMPTS]: attemptsText = String(DEFAULT_RETRY_ATTEMPTS) } = annotations;
  const refusals: RuleRefusal[] = [];
  const refuse = (annotation: string, found: string): void => {
    refusals.push({
      reason: 'UnsupportedValue',
      detail: `metadata.annotations.${annotation} ${found}`,
      hint: 'correct the annotation, or leave it out',
    });
  };
  const attempts = /^\d{1,2}$/.test(attemptsText) ? Number(attemptsText) : 0;
  if (attempts < 1 || attempts > MAX_ATTEMPTS) {
    refuse(GRPC_RETRY_ATTEMPTS, `is \`${attemptsText}\`; write a number from 1 to ${MAX_ATTEMPTS}`);
  }
  if (written === undefined) {
    const isAlone = annotations[GRPC_RETRY_ATTEMPTS] !== undefined;
    if (isAlone) refuse(GRPC_RETRY_ATTEMPTS, `has no effect alone; write ${GRPC_RETRY_ON} with the codes to retry after`);
    return { spec: undefined, refusals };
  }
  const codes = written.split(',').map(text => {
    const name = text.trim().toLowerCase();
    const code = GRPC_STATUS_NAMES.findIndex(known => known === name);
    // OK needs no retry.
    if (code < 1) refuse(GRPC_RETRY_ON, `has \`${name}\`, which is no code to retry after; ${adviceFor(name)}`);
    return code;
  });
  if (refusals.length > 0) return { spec: undefined, refusals };
  const grpcStatusCodes = [...new Set(codes)];
  const spec = { attempts, statusCodes: [], grpcStatusCodes, backoffMs: DEFAULT_BACKOFF_MS, retriesAllMethods: false };
  return { spec, refusals };
}

function adviceFor(name: string): string {
  const known = GRPC_STATUS_NAMES.slice(1);
  const nearest = nearestName(name, known);
  return nearest === undefined ? `known are ${known.join(', ')}` : `did you mean \`${nearest}\`?`;
}
