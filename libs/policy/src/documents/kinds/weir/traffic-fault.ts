// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { GRPC_STATUS_NAMES } from '../../../snapshot/grpc-status.ts';
import { boundedDuration } from '../bounded-duration.ts';
import { inCel, withApiForm } from '../api-form.ts';
import { objectName } from '../fields.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { requestConditions } from './access-rule.ts';
import { merged } from './field-traits.ts';

const MAX_DELAY_MS = 60_000;

const delay = boundedDuration(1, MAX_DELAY_MS);

const abort = strictObject({
  status: z
    .int()
    .min(400)
    .max(599)
    .optional()
    .describe('Status of the answer; a gRPC call ends with the status that stands for it.'),
  grpcStatus: z
    .enum(GRPC_STATUS_NAMES)
    .exclude(['ok'])
    .optional()
    .describe('Status that gRPC calls end with; other requests go on as if the fault were not there.'),
}).check(
  withApiForm(
    inCel({ rule: 'has(self.status) != has(self.grpcStatus)', message: 'one of status and grpcStatus must be written' }),
    context => {
      const { status, grpcStatus } = context.value;
      if ((status === undefined) !== (grpcStatus === undefined)) return;
      addProblem(context, [], 'has to say how requests end\nwrite status or grpcStatus, not both');
    },
  ),
);

const fault = strictObject({
  name: objectName.describe('Stands in the log, in metrics and in the field `weir-fault` of answers.'),
  percent: z.int().min(1).max(100).describe('Of the requests that fit, how many of a hundred; chosen by chance.'),
  delay: delay.optional().describe("How long requests wait before they go on; the request's own timeout counts on meanwhile."),
  abort: abort.optional().describe('How requests are answered, without any backend.'),
  when: requestConditions.optional().describe('Only requests that fit; all of them without it.'),
})
  .check(
    withApiForm(
      inCel({ rule: 'has(self.delay) != has(self.abort)', message: 'one of delay and abort must be written' }),
      context => {
        const { delay: waits, abort: ends } = context.value;
        if ((waits === undefined) !== (ends === undefined)) return;
        addProblem(context, [], 'has to say what goes wrong\nwrite delay or abort; two faults for both');
      },
    ),
  )
  .describe('Something that goes wrong on purpose.');

/** What goes wrong on purpose, so that callers can be tried. */
export const faults = merged(
  z
    .array(fault)
    .max(16)
    .check(uniqueBy('the name', ({ name }) => name, ['name'])),
  {
    chain: 'request',
    strategy: 'all',
    enforcedAt: 'the gateway for Gateways and routes; of a Service whoever receives for it, and the gateway',
  },
);
