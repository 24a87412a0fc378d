// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { ControlPlane } from '../control-plane.ts';
import type { ApiCaller } from './api-access.ts';
import type { Verb } from '@weir/rollouts';
import type { Right } from './rights.ts';

/** What a handler gets, checked with the schemas of its route. */
export interface ApiRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly controlPlane: ControlPlane;
  readonly caller: ApiCaller;
  /** For what answers by itself. */
  readonly exchange: ApiExchange;
}

export interface ApiExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What a handler gives that has answered by itself. */
export const ANSWERED: unique symbol = Symbol('answered');

/** One operation: the table of them is what is served, what requests are checked with, and what the OpenAPI document says. */
export interface ApiRoute<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  readonly method: 'delete' | 'get' | 'post';
  /** Below `/api/v1`, with `{name}` for parameters, as OpenAPI writes them; `{path}` is all the rest, slashes included. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  /** Who does not have it is refused. */
  readonly right: Right;
  /** What it does with the Rollout that its path names; absent = nothing. */
  readonly verb?: Verb;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly status: number;
  readonly response: Response;
  /** Answers, or throws ApiError or IdentityError. */
  readonly handle: (
    request: ApiRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<typeof ANSWERED | z.input<Response>> | z.input<Response>;
}

/** Checks a route's handler against its schemas, which the table then no longer tells apart. */
export function apiRoute<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Response extends z.ZodType>(
  route: ApiRoute<Params, Query, Body, Response>,
): ApiRoute {
  return {
    ...route,
    handle: ({ params, query, body, ...rest }) =>
      route.handle({
        params: route.params.parse(params),
        query: route.query.parse(query),
        body: route.body.parse(body),
        ...rest,
      }),
  };
}
