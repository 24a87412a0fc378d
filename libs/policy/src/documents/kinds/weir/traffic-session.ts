// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import type { ApiForm } from '../api-form.ts';
import { duration } from '../fields.ts';
import { addProblem } from '../list-rules.ts';
import { strictObject } from '../strict-object.ts';
import { sessionNameProblem } from '../session-name.ts';
import { merged } from './field-traits.ts';
import { parameterName } from './parameter-name.ts';
import { BACKEND } from './traffic-balancing.ts';

const COOKIE_ONLY = inCel(
  { rule: "self.type == 'Cookie' || !has(self.cookieConfig)", message: 'cookieConfig may be written for type: Cookie only' },
  {
    rule: "!has(self.cookieConfig) || self.cookieConfig.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
    message: 'absoluteTimeout must be written for a permanent cookie',
  },
);

const NO_RESERVED_HEADER: ApiForm = {
  kind: 'none',
  reason: 'which headers are reserved is a list of this version',
};

const session = strictObject({
  sessionName: parameterName.optional().describe('Of the cookie or header; unless written, one that no other Service has.'),
  type: z
    .enum(['Cookie', 'Header'])
    .default('Cookie')
    .describe('What clients carry it in. With Header a client sends back the value that it was given in the answer.'),
  absoluteTimeout: duration
    .optional()
    .describe('How long a session lasts at most; unless written, as long as the client carries it.'),
  cookieConfig: strictObject({
    lifetimeType: z
      .enum(['Permanent', 'Session'])
      .default('Session')
      .describe('Session: until the browser ends. Permanent: as long as absoluteTimeout says.'),
  })
    .optional()
    .describe('Of `type: Cookie`.'),
})
  .check(
    withApiForm(NO_RESERVED_HEADER, context => {
      const problem = sessionNameProblem(context.value);
      if (problem !== undefined) addProblem(context, ['sessionName'], `${problem}\nwrite another, such as X-Session`);
    }),
  )
  .check(
    withApiForm(COOKIE_ONLY, context => {
      const { type, cookieConfig, absoluteTimeout } = context.value;
      if (cookieConfig === undefined) return;
      if (type !== 'Cookie') addProblem(context, ['cookieConfig'], `is written, and type is ${type}\nleave it out`);
      if (cookieConfig.lifetimeType === 'Permanent' && absoluteTimeout === undefined) {
        addProblem(context, ['absoluteTimeout'], 'is missing, and a permanent cookie needs it\nwrite a duration such as 24h');
      }
    }),
  );

/** How a client's requests stay at one endpoint; the fields are those of routes (GEP-1619). */
export const sessionPersistencePolicy = merged(session, BACKEND);
