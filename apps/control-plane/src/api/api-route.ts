// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod';
import type { ControlPlane } from '../control-plane.ts';

/** What a handler gets, checked with the schemas of its route. */
export interface ApiRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly controlPlane: ControlPlane;
}

/** One operation: the table of them is what is served, what requests are checked with, and what the OpenAPI document says. */
export interface ApiRoute<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  readonly method: 'delete' | 'get' | 'post';
  /** Below `/api/v1`, with `{name}` for parameters, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly status: number;
  readonly response: Response;
  /** Answers, or throws ApiError or IdentityError. */
  readonly handle: (
    request: ApiRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Response>> | z.input<Response>;
}

/** Checks a route's handler against its schemas, which the table then no longer tells apart. */
export function apiRoute<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType, Response extends z.ZodType>(
  route: ApiRoute<Params, Query, Body, Response>,
): ApiRoute {
  return {
    ...route,
    handle: ({ params, query, body, controlPlane }) =>
      route.handle({
        params: route.params.parse(params),
        query: route.query.parse(query),
        body: route.body.parse(body),
        controlPlane,
      }),
  };
}
