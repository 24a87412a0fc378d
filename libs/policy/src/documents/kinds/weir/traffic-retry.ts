// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { GRPC_STATUS_NAMES } from '../../../snapshot/grpc-status.ts';
import { duration } from '../fields.ts';
import { withApiForm } from '../api-form.ts';
import { uniqueBy, uniqueValues } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { CALLS } from './traffic-timeouts.ts';

const MAX_ATTEMPTS = 10;

const statusCodes = z
  .array(z.int().min(400).max(599))
  .max(64)
  .check(
    withApiForm(
      { kind: 'list', type: 'set', keys: [] },
      uniqueBy<number>('the code', code => String(code)),
    ),
  );

const grpcCodes = z.array(z.enum(GRPC_STATUS_NAMES)).max(GRPC_STATUS_NAMES.length).check(uniqueValues('the code'));

const kinds = z
  .array(z.enum(['Reset', 'Timeout']))
  .max(2)
  .check(uniqueValues('the kind'));

/** When requests are sent again. What a route says itself (`retry`, or its annotations for gRPC) goes before these. */
export const retry = strictObject({
  attempts: merged(z.int().min(0).max(MAX_ATTEMPTS), CALLS)
    .optional()
    .describe('Retries after the first attempt; 0 = none but the one of what was provably not processed.'),
  failures: merged(kinds, CALLS)
    .optional()
    .describe(
      'What else than failed connections is tried again: Reset, its connection ended before an answer; Timeout, an attempt took longer than `timeouts.attempt`. Both unless written.',
    ),
  statusCodes: merged(statusCodes, CALLS)
    .optional()
    .describe(
      'Statuses of answers after which a request is sent again, after as long as their Retry-After says (10s at most, else the answer goes on as it is).',
    ),
  grpcCodes: merged(grpcCodes, CALLS)
    .optional()
    .describe('Codes of gRPC calls that ended before any message came, after which they are made again.'),
  methods: merged(z.enum(['All', 'Idempotent']), CALLS)
    .optional()
    .describe(
      'Idempotent, the default: only requests that may be sent twice (RFC 9110 §9.2.2), and those with an Idempotency-Key. What was provably not processed is sent again whatever its method.',
    ),
  backoff: merged(duration, CALLS)
    .optional()
    .describe('Shortest wait before the first retry; doubles with each, and by chance up to twice as long.'),
}).describe('When requests are sent again.');
