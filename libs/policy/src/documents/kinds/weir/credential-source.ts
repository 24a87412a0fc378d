// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { headerName } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { says, strictObject } from '../strict-object.ts';

const PARAMETER = /^[\w.~-]+$/;
const parameterName = z
  .string()
  .min(1)
  .max(128)
  .regex(PARAMETER, says('is no name of a parameter or cookie', 'write letters, digits and any of _.~-'));

/** Where a credential is looked for. */
export const credentialSource = strictObject({
  header: headerName.optional().describe('Name of a header field.'),
  query: parameterName.optional().describe('Name of a query parameter.'),
  cookie: parameterName.optional().describe('Name of a cookie.'),
}).check(context => {
  const written = Object.values(context.value).filter(value => value !== undefined);
  if (written.length === 1) return;
  const message =
    written.length === 0
      ? 'names no place\nwrite one of header, query or cookie'
      : 'names several places\nwrite an item for each of them';
  addProblem(context, [], message);
});
