// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import { headerMatches } from './http-route-match.ts';
import { addProblem } from './list-rules.ts';
import { strictObject } from './strict-object.ts';

const SERVICE = /^\.?[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*$/i;
const METHOD = /^[a-z_][a-z_0-9]*$/i;

/** GRPCMethodMatch. Regular expressions are looked at by the resolver. */
const methodMatch = strictObject({
  type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
  service: z.string().max(1024).optional(),
  method: z.string().max(1024).optional(),
}).check(context => {
  const { type, service = '', method = '' } = context.value;
  if (service === '' && method === '') {
    addProblem(context, [], 'names neither service nor method\nwrite one of them, or leave the whole match out');
  }
  if (type !== 'Exact') return;
  if (service !== '' && !SERVICE.test(service)) {
    addProblem(context, ['service'], `is \`${service}\`, which is no gRPC service\nwrite its full name, such as shop.v1.Stock`);
  }
  if (method !== '' && !METHOD.test(method)) {
    addProblem(context, ['method'], `is \`${method}\`, which is no gRPC method\nwrite its name alone, such as GetItem`);
  }
});

/** GRPCRouteMatch. */
export const grpcRouteMatch = strictObject({ method: methodMatch.optional(), headers: headerMatches.optional() });
