// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express from 'express';
import type { Express, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { IdentityError } from '@weir/identity';
import type { IdentityErrorCode } from '@weir/identity';
import { z } from 'zod';
import type { ControlPlane } from '../control-plane.ts';
import type { ApiCaller } from './api-access.ts';
import { ApiError, PROBLEM_TYPE, problemDetails } from './api-error.ts';
import { checkCaller, checkRight } from './api-guard.ts';
import type { GuardOptions } from './api-guard.ts';
import { ANSWERED } from './api-route.ts';
import type { ApiRequest, ApiRoute } from './api-route.ts';
import { API_ROUTES } from './api-routes.ts';
import type { SteeredRollout } from './rights.ts';
import { rolloutPlaceSchema } from './rollout-schemas.ts';
import { API_BASE, openApiDocument } from './open-api.ts';

/** A request for a token with 64 addresses has 5 KB. */
const MAX_BODY = '64kb';

export interface ApiParts {
  readonly controlPlane: ControlPlane;
  readonly guard: GuardOptions;
  /** Somebody was refused: without a token, without the right, from elsewhere. */
  readonly onRefused: (refusal: ApiRefusal) => void;
  /** What failed inside; the caller is only told that something did. */
  readonly onFault: (reason: unknown) => void;
}

export interface ApiRefusal {
  /** Of the peer. */
  readonly address: string;
  readonly reason: string;
}

/** An Express application, with what follows where it has no answer: an error, or nothing. */
type Answering = (request: IncomingMessage, response: ServerResponse, otherwise: (reason: unknown) => void) => void;

/** The REST API. */
export function createApi({ controlPlane, guard, onRefused, onFault }: ApiParts): RequestListener {
  const application = createApplication(controlPlane, guard) as unknown as Answering;
  return (request, response) => {
    application(request, response, reason => {
      const error = reason === undefined || reason === null ? NOTHING_HERE : apiErrorFrom(reason);
      if (error === undefined) onFault(reason);
      else if (REFUSALS.has(error.status)) onRefused({ address: request.socket.remoteAddress ?? '', reason: error.message });
      sendProblem(response, error ?? INTERNAL);
    });
  };
}

const REFUSALS: ReadonlySet<number> = new Set([401, 403]);
const NOTHING_HERE = new ApiError(404, 'no-such-path', `there is nothing here; ${API_BASE}/openapi.json says what there is`);
const INTERNAL = new ApiError(500, 'internal', 'something failed inside; the log of the control plane says what');

function createApplication(controlPlane: ControlPlane, guard: GuardOptions): Express {
  const app = express();
  const callers = new WeakMap<IncomingMessage, ApiCaller>();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(helmet());
  app.use(async (request, response, next) => {
    callers.set(request, await checkCaller(request.headers, guard));
    response.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use(express.json({ limit: MAX_BODY, strict: true }));
  const document = openApiDocument(API_ROUTES);
  app.get(`${API_BASE}/openapi.json`, (_request, response) => void response.json(document));
  for (const route of API_ROUTES) {
    app[route.method](pathOf(route), async (request, response) => {
      const caller = callers.get(request) ?? NOBODY;
      const params = paramsOf(request);
      await checkRight(caller, { route, steered: steeredBy(route, params) }, guard);
      await answer(route, { controlPlane, caller, params, exchange: { request, response } });
    });
  }
  for (const [path, methods] of methodsByPath()) app.all(path, refuseOtherMethods(methods));
  return app;
}

const NOBODY: ApiCaller = { name: '' };

/** Express writes `:name` for `{name}`, and `*name` for a name that stands for several segments. */
function pathOf({ path }: ApiRoute): string {
  return `${API_BASE}${path.replace('{path}', '*path').replaceAll(/\{(\w+)\}/gv, ':$1')}`;
}

function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const routes = Map.groupBy(API_ROUTES, pathOf);
  const namesOf = ({ method }: ApiRoute): readonly string[] => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]);
  return new Map([...routes].map(([path, same]) => [path, same.flatMap(namesOf)]));
}

function refuseOtherMethods(methods: readonly string[]): RequestHandler {
  return (_request, response) => {
    // RFC 9110 §15.5.6 asks for it.
    response.setHeader('Allow', methods.join(', '));
    throw new ApiError(405, 'other-method', `this is for ${methods.join(', ')} alone`);
  };
}

type Asked = Pick<ApiRequest<unknown, unknown, unknown>, 'caller' | 'controlPlane' | 'params'> & {
  readonly exchange: { readonly request: Request; readonly response: Response };
};

async function answer({ handle, status }: ApiRoute, asked: Asked): Promise<void> {
  const { request, response } = asked.exchange;
  const sent: unknown = request.body;
  const found = await handle({ ...asked, query: request.query, body: sent ?? {} });
  if (found !== ANSWERED) response.status(status).json(found);
}

function paramsOf({ params }: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, textOfParameter(value)]));
}

/** Throws ZodError where the path names no Rollout. */
function steeredBy({ verb }: ApiRoute, params: Readonly<Record<string, string>>): SteeredRollout | undefined {
  return verb && { verb, ...rolloutPlaceSchema.parse(params) };
}

/** Several segments come apart, and decoded. */
function textOfParameter(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.map(encodeURIComponent).join('/');
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
