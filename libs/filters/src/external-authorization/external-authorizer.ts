// SPDX-License-Identifier: Apache-2.0
import { Fault, isProtectedRequestField } from '@weir/base';
import type { Clock, Exchange, Verdict } from '@weir/base';
import type { ExternalAuthorization, ResourceName } from '@weir/policy/snapshot';
import { withoutParameter } from '../access/credential-source.ts';
import { NotAsked } from '../service-call/service-call.ts';
import type { CallBackend } from '../service-call/service-call.ts';
import { noteAnswerMutations } from './answer-mutations.ts';
import type { Admission, AskService, Decision, QueryChanges } from './decision.ts';
import { denialReply } from './denial-reply.ts';
import { gatherBody } from './gather-body.ts';
import { createGrpcService } from './grpc-service.ts';
import { applyMutations, assertSendable } from './header-mutations.ts';
import { createHttpService } from './http-service.ts';
import type { SendQuestion } from './send-question.ts';

/** What comes of asking. */
export type Outcome =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'denied'; readonly detail: string; readonly reply: Verdict }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Asks a service about requests, and does to them what it says. */
export interface ExternalAuthorizer {
  /** Throws NotAsked where nobody may be asked; rejects with the Fault that the request gets for its body. */
  authorize(exchange: Exchange): Promise<Outcome>;
}

export interface AuthorizerPorts {
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly callBackend: CallBackend | undefined;
}

/** A page that says no, or a login form; more is no refusal. */
export const MAX_ANSWER_BYTES = 65_536;

const ADMITTED: Outcome = Object.freeze({ kind: 'admitted' });

/** `who`: for people, such as `AccessPolicy shop/partners`. */
export function createExternalAuthorizer(
  who: string,
  authorization: ExternalAuthorization,
  ports: AuthorizerPorts,
): ExternalAuthorizer {
  const { backend, label, body, failsOpen } = authorization;
  const { callBackend } = ports;
  if (backend === undefined) return { authorize: () => Promise.resolve(brokenReference(label)) };
  if (callBackend === undefined) return { authorize: () => notAsked(who, label) };
  const ask = createService(authorization, ports, sender({ backend, callBackend }, authorization.timeoutMs));
  return {
    async authorize(exchange) {
      const question = { exchange, body: body && (await gatherBody(exchange, body)) };
      try {
        return take(exchange, await ask(question), label);
      } catch (reason) {
        const { message } = Fault.from(reason);
        if (!failsOpen) return { kind: 'unavailable', detail: `Service ${label} cannot be asked: ${message}` };
        removeFromClient(exchange, authorization);
        return ADMITTED;
      }
    },
  };
}

function notAsked(who: string, label: string): never {
  throw new NotAsked(`${who} asks Service ${label}; not asked here`);
}

function brokenReference(label: string): Outcome {
  return { kind: 'unavailable', detail: `Service ${label} cannot be used` };
}

function createService({ service, label }: ExternalAuthorization, { clock }: AuthorizerPorts, send: SendQuestion): AskService {
  switch (service.kind) {
    case 'http':
      return createHttpService(service, send);
    case 'grpc':
      return createGrpcService({ service, label, clock, send });
  }
}

function sender(to: { readonly backend: ResourceName; readonly callBackend: CallBackend }, timeoutMs: number): SendQuestion {
  return (origin, request) => to.callBackend(to.backend, { ...request, origin, timeoutMs, maxResponseBytes: MAX_ANSWER_BYTES });
}

function take(exchange: Exchange, decision: Decision, label: string): Outcome {
  if (decision.kind === 'denied') {
    const detail = `Service ${label} denies it with ${decision.status}`;
    return { kind: 'denied', detail, reply: denialReply(exchange, decision) };
  }
  admit(exchange, decision);
  return ADMITTED;
}

function admit(exchange: Exchange, { request, query, response }: Admission): void {
  assertSendable(request);
  assertSendable(response);
  applyMutations(exchange.request.headers, request, isProtectedRequestField);
  changeQuery(exchange, query);
  if (response.length > 0) noteAnswerMutations(exchange, response);
}

function changeQuery({ request }: Exchange, { remove, set }: QueryChanges): void {
  for (const name of [...remove, ...set.map(([parameter]) => parameter)]) {
    if (request.query !== undefined) request.query = withoutParameter(request.query, name);
  }
  const written = set.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  if (written.length > 0) request.query = [request.query ?? [], ...written].flat().join('&');
}

/** Where a service could not be asked, nobody has vouched for what only it may say. */
function removeFromClient({ request }: Exchange, { service }: ExternalAuthorization): void {
  if (service.kind === 'http') request.headers.removeAny(new Set(service.headersToBackend));
}
