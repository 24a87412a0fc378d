// SPDX-License-Identifier: Apache-2.0
import { isProtectedRequestField } from '@weir/base';
import * as z from 'zod';
import { exactlyOneOf, inCel, withApiForm } from '../api-form.ts';
import { duration, headerName } from '../fields.ts';
import { addProblem, uniqueValues } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { servicePath } from './service-path.ts';
import { serviceRef } from './service-ref.ts';

/** A mebibyte: each waiting request holds as much. */
const MAX_BODY_BYTES = 1_048_576;

const headers = z.array(headerName).max(64).check(uniqueValues('the header'));

/** Fields that decide where a request goes, and say where it comes from or how it is framed. */
const CHANGEABLE = { kind: 'none', reason: 'the list of such fields is longer than an expression may cost' } as const;
const changeable = headers.check(
  withApiForm(CHANGEABLE, context => {
    for (const [index, name] of context.value.entries()) {
      if (!isProtectedRequestField(name.toLowerCase())) continue;
      addProblem(context, [index], `is \`${name}\`, which is not for a service to say\nleave it out`);
    }
  }),
);

const grpc = strictObject({
  backendRef: serviceRef.describe('A Service that speaks envoy.service.auth.v3.Authorization.'),
  headersToService: headers.min(1).optional().describe("Which of the request's headers it gets; all where it is not written."),
});

const http = strictObject({
  backendRef: serviceRef.describe('A Service that answers 2xx to what it admits.'),
  path: servicePath
    .optional()
    .describe('Every request is asked about with GET on this path, or with POST where the body is forwarded.'),
  pathPrefix: servicePath.optional().describe("Is put before the request's own path, which is asked about with its own method."),
  headersToService: headers
    .optional()
    .describe(
      'Which headers of the request it gets, besides Authorization and X-Forwarded-For, -Host, -Method, -Proto and -Uri; Accept and Cookie where it is not written.',
    ),
  headersToBackend: changeable
    .optional()
    .describe(
      'Which headers of an answer that admits go on to the backend. What the client sent under these names never does; none where it is not written.',
    ),
  headersToClient: headers
    .optional()
    .describe(
      'Which headers of an answer that does not admit the caller gets; Cache-Control, Content-Language, Content-Type, Location, Retry-After, Set-Cookie and WWW-Authenticate where it is not written.',
    ),
}).check(
  withApiForm(
    inCel({ rule: '!has(self.path) || !has(self.pathPrefix)', message: 'path and pathPrefix must not both be written' }),
    context => {
      const { path: fixed, pathPrefix } = context.value;
      if (fixed === undefined || pathPrefix === undefined) return;
      addProblem(context, ['pathPrefix'], 'is written beside path\nleave one of them out');
    },
  ),
);

/** Asks a service about each request. */
export const externalAuthorization = strictObject({
  grpc: grpc.optional().describe('Asks by gRPC.'),
  http: http.optional().describe('Asks by HTTP.'),
  timeout: duration.optional().describe('For the whole call; 1s where it is not written, and at most 30s.'),
  forwardBody: strictObject({
    maxBytes: z
      .int()
      .min(1)
      .max(MAX_BODY_BYTES)
      .describe('Of the longest body that is forwarded; each waiting request holds as much.'),
  })
    .optional()
    .describe('Whether the service gets the body too. A request with a longer one is answered with 413.'),
  onFailure: z
    .enum(['Closed', 'Open'])
    .default('Closed')
    .describe(
      'What becomes of requests that the service could not be asked about: 503, or they go on. Each policy keeps its own.',
    ),
})
  .check(
    withApiForm(exactlyOneOf(['grpc', 'http']), context => {
      const { grpc: asGrpc, http: asHttp } = context.value;
      if ((asGrpc === undefined) !== (asHttp === undefined)) return;
      const problem = asGrpc === undefined ? 'names no service\nwrite grpc or http' : 'has grpc and http\nleave one of them out';
      addProblem(context, [], problem);
    }),
  )
  .describe('A service outside that is asked about each request that everything else admits.');
