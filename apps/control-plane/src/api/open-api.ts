// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import { PROBLEM_TYPE } from './api-error.ts';
import type { ApiRoute } from './api-route.ts';
import { rolesWith } from './rights.ts';

export const API_BASE = '/api/v1';

/** A JSON Schema (draft 2020-12), which is what OpenAPI 3.1 has. */
type Schema = Readonly<Record<string, unknown>>;

const problem = z.object({ type: z.string(), title: z.string(), status: z.number(), detail: z.string() });

/** The OpenAPI 3.1 document of the API, from the table that serves it. */
export function openApiDocument(routes: readonly ApiRoute[]): Schema {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return {
    openapi: '3.1.0',
    info: { title: 'Weir control plane', version: 'v1', summary: 'What proxies have, who may join, and the root of the mesh' },
    servers: [{ url: API_BASE }],
    security: [{ token: [] }],
    paths: Object.fromEntries([...paths].map(([path, same]) => [path, Object.fromEntries(same.map(operationOf))])),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: schemaOf(problem, 'output') },
      responses: {
        Problem: {
          description:
            'RFC 9457: 400 invalid, 401 no token, 403 Host, Origin or a right, 404, 405, 409 not at this step, 500, 503 nobody leads; of proxies 502, 503 and 504',
          content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

function operationOf(route: ApiRoute): readonly [string, Schema] {
  const { method, operationId, summary, body, status, response } = route;
  const bodySchema = schemaOf(body, 'input');
  return [
    method,
    {
      ...{ operationId, summary },
      description: rightWords(route),
      'x-weir-right': route.right,
      parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
      ...(method === 'post' ? { requestBody: { required: true, content: { 'application/json': { schema: bodySchema } } } } : {}),
      responses: {
        [status]: { description: summary, content: { 'application/json': { schema: schemaOf(response, 'output') } } },
        default: { $ref: '#/components/responses/Problem' },
      },
    },
  ];
}

function rightWords({ right, verb }: ApiRoute): string {
  const words = `Needs the right ${right}, which the token of the ${rolesWith(right).join(' and of the ')} gives.`;
  return verb === undefined ? words : `${words} A user of the cluster needs ${verb} on rollouts.weir.dev in its namespace.`;
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): readonly Schema[] {
  const { properties, required } = schemaOf(schema, 'input');
  const isRequired = (name: string): boolean => Array.isArray(required) && required.includes(name);
  return Object.entries(properties ?? {}).map(([name, one]: [string, unknown]) => ({
    name,
    in: place,
    required: isRequired(name),
    schema: one,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
