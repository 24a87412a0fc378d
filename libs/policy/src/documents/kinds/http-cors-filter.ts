// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { headerName } from './fields.ts';
import { addProblem, uniqueValues } from './list-rules.ts';
import { says, strictObject } from './strict-object.ts';

const ORIGIN = /^\*$|^https?:\/\/(?:(?:\*\.)?(?:[a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(?::[0-9]{1,5})?$/;

function refuseStarAmongOthers(context: z.core.ParsePayload<string[]>): void {
  const index = context.value.indexOf('*');
  if (index === -1 || context.value.length === 1) return;
  addProblem(context, [index], 'is `*` beside other values\nwrite `*` alone, or only the others');
}

const origin = z
  .string()
  .min(1)
  .max(253)
  .regex(
    ORIGIN,
    says('is no origin', 'write scheme and host without path, such as https://shop.example or https://*.shop.example'),
  );
const corsMethod = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*']);

/** HTTPCORSFilter (GEP-1767). */
export const httpCorsFilter = strictObject({
  allowOrigins: z.array(origin).max(64).check(uniqueValues('the origin'), refuseStarAmongOthers).optional(),
  allowCredentials: z.boolean().optional(),
  allowMethods: z.array(corsMethod).max(9).check(uniqueValues('the method'), refuseStarAmongOthers).optional(),
  allowHeaders: z.array(headerName).max(64).check(uniqueValues('the header'), refuseStarAmongOthers).optional(),
  exposeHeaders: z.array(headerName).max(64).check(uniqueValues('the header')).optional(),
  maxAge: z.int().min(1).max(2_147_483_647).default(5),
});
