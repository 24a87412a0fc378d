// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { addProblem } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { merged } from './field-traits.ts';
import { BACKEND } from './traffic-balancing.ts';

const MAX_COUNT = 1_000_000;

const SAYS_SOMETHING = inCel({
  rule: 'has(self.maxConnections) || has(self.maxParallelRequests)',
  message: 'one of maxConnections and maxParallelRequests must be written',
});

const PENDING_NEEDS_CONNECTIONS = inCel({
  rule: '!has(self.maxPendingRequests) || has(self.maxConnections)',
  message: 'maxPendingRequests needs maxConnections: requests wait for nothing else',
});

const limits = strictObject({
  maxConnections: z
    .int()
    .min(1)
    .max(MAX_COUNT)
    .optional()
    .describe(
      'Connections to all endpoints together, idle ones included, of HTTP as of TCP. Each worker may have one, so there can be one more for each worker but the first.',
    ),
  maxPendingRequests: z
    .int()
    .min(0)
    .max(MAX_COUNT)
    .optional()
    .describe(
      'Requests that wait for a connection where `maxConnections` is reached, for the connect timeout at most; those beyond are refused. 1024 unless written.',
    ),
  maxParallelRequests: z
    .int()
    .min(1)
    .max(MAX_COUNT)
    .optional()
    .describe('Attempts at a time, waiting ones included; those beyond are refused. Of HTTP and gRPC only.'),
})
  .check(
    withApiForm(SAYS_SOMETHING, context => {
      const { maxConnections, maxParallelRequests } = context.value;
      if (maxConnections !== undefined || maxParallelRequests !== undefined) return;
      addProblem(context, [], 'limits nothing\nwrite maxConnections or maxParallelRequests');
    }),
  )
  .check(
    withApiForm(PENDING_NEEDS_CONNECTIONS, context => {
      const { maxConnections, maxPendingRequests } = context.value;
      if (maxPendingRequests === undefined || maxConnections !== undefined) return;
      addProblem(
        context,
        ['maxPendingRequests'],
        'is written, and requests wait only where maxConnections is reached\nwrite maxConnections, too, or leave it out',
      );
    }),
  );

/** What a Service's port may be asked at a time. A whole: what two policies say of it is not mixed. */
export const connectionLimits = merged(limits, BACKEND);
