// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';
import { IdentityError } from '@weir/identity';
import type { IdentityErrorCode } from '@weir/identity';
import { z } from 'zod';
import type { ControlPlane } from '../control-plane.ts';
import { ApiError, PROBLEM_TYPE, problemDetails } from './api-error.ts';
import { checkAccess } from './api-guard.ts';
import type { GuardOptions } from './api-guard.ts';
import type { ApiRoute } from './api-route.ts';
import { API_ROUTES } from './api-routes.ts';
import { API_BASE, openApiDocument } from './open-api.ts';

/** A request for a token with 64 addresses has 5 KB. */
const MAX_BODY = '64kb';

export interface ApiParts {
  readonly controlPlane: ControlPlane;
  readonly guard: GuardOptions;
  /** What failed inside; the caller is only told that something did. */
  readonly onFault: (reason: unknown) => void;
}

/** An Express application, with what follows where it has no answer: an error, or nothing. */
type Answering = (request: IncomingMessage, response: ServerResponse, otherwise: (reason: unknown) => void) => void;

/** The REST API. */
export function createApi({ controlPlane, guard, onFault }: ApiParts): RequestListener {
  const answer = createApplication(controlPlane, guard) as unknown as Answering;
  return (request, response) => {
    answer(request, response, reason => {
      const error = reason === undefined || reason === null ? NOTHING_HERE : apiErrorFrom(reason);
      if (error === undefined) onFault(reason);
      sendProblem(response, error ?? INTERNAL);
    });
  };
}

const NOTHING_HERE = new ApiError(404, 'no-such-path', `there is nothing here; ${API_BASE}/openapi.json says what there is`);
const INTERNAL = new ApiError(500, 'internal', 'something failed inside; the log of the control plane says what');

function createApplication(controlPlane: ControlPlane, guard: GuardOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(helmet());
  app.use((request, response, next) => {
    checkAccess(request.headers, guard);
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use(express.json({ limit: MAX_BODY, strict: true }));
  const document = openApiDocument(API_ROUTES);
  app.get(`${API_BASE}/openapi.json`, (_request, response) => void response.json(document));
  for (const route of API_ROUTES) app[route.method](pathOf(route), handlerOf(route, controlPlane));
  return app;
}

/** Express writes `:name` for `{name}`. */
function pathOf({ path }: ApiRoute): string {
  return `${API_BASE}${path.replaceAll(/\{(\w+)\}/gv, ':$1')}`;
}

function handlerOf({ handle, status }: ApiRoute, controlPlane: ControlPlane): RequestHandler {
  return async ({ params, query, body }, response) => {
    const sent: unknown = body;
    response.status(status).json(await handle({ params, query, body: sent ?? {}, controlPlane }));
  };
}

function sendProblem(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = error.status;
  response.setHeader('Content-Type', PROBLEM_TYPE);
  if (error.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="weir"');
  response.end(JSON.stringify(problemDetails(error)));
}

/** What whoever asked can mend; the others are about our own storage. */
const STATUSES: ReadonlyMap<IdentityErrorCode, number> = new Map<IdentityErrorCode, number>([
  ['wrong-phase', 409],
  ['invalid-request', 400],
  ['invalid-identity', 400],
]);

/** Undefined = it is our own fault. */
function apiErrorFrom(reason: unknown): ApiError | undefined {
  if (reason instanceof ApiError) return reason;
  if (reason instanceof z.ZodError) return new ApiError(400, 'invalid-request', wordsOfIssues(reason));
  if (reason instanceof IdentityError) {
    const status = STATUSES.get(reason.code);
    return status === undefined ? undefined : new ApiError(status, reason.code, `${reason.message} (${reason.hint})`);
  }
  return errorOfParser(reason);
}

/** Errors of body parser and router have a status, and a message for whoever asked. */
function errorOfParser(reason: unknown): ApiError | undefined {
  const status: unknown = reason instanceof Error ? Reflect.get(reason, 'status') : undefined;
  if (!(reason instanceof Error) || typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return new ApiError(status, status === 413 ? 'body-too-large' : 'invalid-request', reason.message);
}

function wordsOfIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; ');
}
