// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { boundedDuration } from '../bounded-duration.ts';
import { portNumber, preciseHostname } from '../fields.ts';
import { addProblem, uniqueBy } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Path and query as they stand in a request (RFC 9112 §3.2.1); what else ASCII has would end the line, or be refused. */
const TARGET = /^\/[!-~]*$/;

const expectedStatuses = z
  .array(z.int().min(200).max(599))
  .min(1)
  .max(64)
  .check(
    withApiForm(
      { kind: 'list', type: 'set', keys: [] },
      uniqueBy<number>('the status', code => String(code)),
    ),
  );

const http = strictObject({
  path: z
    .string()
    .min(1)
    .max(1024)
    .regex(TARGET, says('is no path', 'write it from the first /, such as /healthz, in printable ASCII without spaces'))
    .describe('What is asked for with GET, query included.'),
  host: preciseHostname
    .optional()
    .describe('Of the Host field. The name that TLS is verified for unless written, or else `SERVICE.NAMESPACE`.'),
  expectedStatuses: expectedStatuses.optional().describe('Statuses that say that it can serve; 200 to 299 unless written.'),
});

const grpc = strictObject({
  service: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9._/-]*$/, says('is no name of a service', 'write it with its package, such as shop.v1.Cart'))
    .optional()
    .describe('The service that is asked for; the server as a whole unless written.'),
});

const count = z.int().min(1).max(100);

/** How endpoints are asked whether they can serve. */
export const healthCheck = strictObject({
  type: z
    .enum(['GRPC', 'HTTP', 'TCP'])
    .describe(
      'HTTP: a GET. GRPC: grpc.health.v1.Health/Check. TCP: a connection. Each with TLS and PROXY header as requests have them, and on a connection of its own.',
    ),
  interval: boundedDuration(100, HOUR_MS)
    .optional()
    .describe('From one check of an endpoint to the next, by chance up to a tenth shorter or longer; 10s unless written.'),
  timeout: boundedDuration(10, MINUTE_MS)
    .optional()
    .describe('How long a check may take, its connection included; 1s unless written.'),
  healthyThreshold: count
    .optional()
    .describe('Checks in a row that must succeed for an unhealthy endpoint to be used again; 2 unless written.'),
  unhealthyThreshold: count
    .optional()
    .describe(
      'Checks in a row that must fail for an endpoint to be unhealthy; 3 unless written. A new one is healthy until then.',
    ),
  port: portNumber.optional().describe("Another port of the endpoints' addresses to ask at."),
  http: http.optional().describe('Of `type: HTTP`.'),
  grpc: grpc.optional().describe('Of `type: GRPC`.'),
}).check(
  withApiForm(
    inCel(
      { rule: "(self.type == 'HTTP') == has(self.http)", message: 'http must be written for type: HTTP, and for no other' },
      { rule: "self.type == 'GRPC' || !has(self.grpc)", message: 'grpc may be written for type: GRPC only' },
    ),
    context => {
      const { type, http: get, grpc: call } = context.value;
      if (type === 'HTTP' && get === undefined) {
        addProblem(context, ['http'], 'is missing, and type: HTTP needs it\nwrite http: { path: /healthz }, or another path');
      }
      const unread = [
        ...(type === 'HTTP' || get === undefined ? [] : ['http']),
        ...(type === 'GRPC' || call === undefined ? [] : ['grpc']),
      ];
      for (const name of unread) {
        addProblem(
          context,
          [name],
          `is written, and type: ${type} does not look at it\nleave it out, or write type: ${name.toUpperCase()}`,
        );
      }
    },
  ),
);
