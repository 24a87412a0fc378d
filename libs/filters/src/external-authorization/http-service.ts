// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList, isCodecField } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { HttpAuthorizationService } from '@weir/policy/snapshot';
import type { ServiceAnswer } from '../service-call/service-call.ts';
import { NO_QUERY_CHANGES } from './decision.ts';
import type { AskService, Decision, Question } from './decision.ts';
import type { HeaderMutation } from './header-mutations.ts';
import type { SendQuestion } from './send-question.ts';

/** Fields that describe the answer of a service and not the request that it is about. */
const OF_THE_ANSWER = /^(?:content-.*|date|etag|last-modified|server|set-cookie|vary|via|age|expires|cache-control)$/;

/** Asks by a request over HTTP: 2xx admits, 5xx is a failure of the service, and all else is what the caller gets. */
export function createHttpService(service: HttpAuthorizationService, send: SendQuestion): AskService {
  return async question => {
    const { exchange } = question;
    const answer = await send(exchange, {
      ...targetOf(service, question),
      authority: exchange.request.authority,
      headers: headersOf(service, question),
      body: question.body ?? Buffer.alloc(0),
    });
    return decisionOf(service, answer);
  };
}

function targetOf({ path }: HttpAuthorizationService, { exchange: { request }, body }: Question) {
  if (path.kind === 'fixed') return { method: body === undefined ? 'GET' : 'POST', path: path.value, query: undefined };
  return { method: request.method, path: path.value.replace(/\/$/, '') + request.path, query: request.query };
}

/** What is asked about stands in X-Forwarded fields, as authorization services know them from other proxies. */
function headersOf({ headersToService }: HttpAuthorizationService, { exchange, body }: Question): HeaderList {
  const { request, clientAddress, requestId } = exchange;
  const headers = new HeaderList();
  const sent = new Set(['authorization', ...headersToService, ...(body === undefined ? [] : ['content-type'])]);
  for (const [name, value] of request.headers.entries()) if (sent.has(name)) headers.append(name, value);
  headers.set('x-forwarded-for', clientAddress);
  headers.set('x-forwarded-host', request.authority);
  headers.set('x-forwarded-method', request.method);
  headers.set('x-forwarded-proto', request.scheme);
  headers.set('x-forwarded-uri', targetText(exchange));
  if (requestId !== '') headers.set('x-request-id', requestId);
  return headers;
}

function targetText({ request: { path, query } }: Exchange): string {
  return query === undefined ? path : `${path}?${query}`;
}

function decisionOf(service: HttpAuthorizationService, { status, headers, body }: ServiceAnswer): Decision {
  if (status >= 500) throw new Fault('upstream_protocol_error', `it answers ${status}`);
  if (status >= 200 && status < 300) {
    return { kind: 'admitted', request: requestMutations(service, headers), query: NO_QUERY_CHANGES, response: [] };
  }
  return { kind: 'denied', status, headers: toClient(service, headers), body };
}

/** What the client sent under these names goes, whether or not the answer has them: else it could say who it is by itself. */
function requestMutations({ headersToBackend }: HttpAuthorizationService, headers: HeaderList): readonly HeaderMutation[] {
  const names = headersToBackend ?? headers.names.filter(name => !OF_THE_ANSWER.test(name));
  const wanted = new Set(names);
  const removals = [...wanted].map(name => ({ action: 'remove', name, value: '' }) as const);
  const additions = [...headers.entries()].filter(([name]) => wanted.has(name));
  return [...removals, ...additions.map(([name, value]) => ({ action: 'append', name, value }) as const)];
}

function toClient({ headersToClient }: HttpAuthorizationService, headers: HeaderList): HeaderList {
  const wanted = headersToClient && new Set(headersToClient);
  const passed = [...headers.entries()].filter(([name]) => !isCodecField(name) && wanted?.has(name) !== false);
  return HeaderList.of(...passed);
}
