// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { backendObjectRef } from './backend-object-ref.ts';
import { addProblem, uniqueValues } from './list-rules.ts';
import { says, strictObject } from './strict-object.ts';

const PATH = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/;
const headerList = z.array(z.string()).max(64).check(uniqueValues('the header')).optional();

/** HTTPExternalAuthFilter (GEP-1494). */
export const httpExternalAuthFilter = strictObject({
  protocol: z.enum(['HTTP', 'GRPC']),
  backendRef: backendObjectRef,
  grpc: strictObject({ allowedHeaders: headerList }).optional(),
  http: strictObject({
    path: z.string().max(1024).regex(PATH, says('is no path', 'write one such as /verify')).optional(),
    allowedHeaders: headerList,
    allowedResponseHeaders: headerList,
  }).optional(),
  forwardBody: strictObject({ maxSize: z.int().min(0).max(65_535).optional() }).optional(),
}).check(context => {
  const { protocol, grpc, http } = context.value;
  const [needed, other] = protocol === 'HTTP' ? (['http', 'grpc'] as const) : (['grpc', 'http'] as const);
  const isWritten = { grpc: grpc !== undefined, http: http !== undefined };
  if (!isWritten[needed]) addProblem(context, [needed], `is missing, and protocol ${protocol} needs it\nwrite ${needed}: {}`);
  if (isWritten[other]) addProblem(context, [other], `is written, and protocol is ${protocol}\nleave it out`);
});
