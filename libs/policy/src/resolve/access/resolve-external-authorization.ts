// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { AuthorizationService, ExternalAuthorization } from '../../snapshot/index.ts';
import { followBackendRef, labelOfBackendRef } from '../route/resolve-backend-ref.ts';
import type { BackendUse } from '../route/resolve-backend-ref.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import type { AccessContext } from './resolve-access-policy.ts';

type Spec = NonNullable<AccessPolicySpec['externalAuthorization']>;
type HttpSpec = NonNullable<Spec['http']>;

/** As in the snapshot, with the port of a Service instead of the name of a backend. */
export type ResolvedExternalAuthorization = Omit<ExternalAuthorization, 'backend'> & {
  readonly target: BackendTarget | undefined;
};

/**
 * A check is one round trip inside of a cluster. A second outlasts a new connection and a packet that is lost on the way; who waits
 * longer is better told.
 */
export const DEFAULT_TIMEOUT_MS = 1_000;
/** A request waits so long in memory, and its caller with it. */
const MAX_TIMEOUT_MS = 30_000;

const DEFAULT_HEADERS_TO_SERVICE = ['accept', 'cookie'];
/** What a caller needs to understand a refusal, to log in, or to come back later. */
const DEFAULT_HEADERS_TO_CLIENT = [
  'cache-control',
  'content-language',
  'content-type',
  'location',
  'retry-after',
  'set-cookie',
  'www-authenticate',
];

/** Resolves a policy's part; what cannot be followed makes the policy one that cannot be evaluated. */
export function resolveExternalAuthorization(context: AccessContext, spec: Spec): ResolvedExternalAuthorization | undefined {
  const written = spec.grpc ?? spec.http;
  if (written === undefined) return undefined;
  const [field, use] = spec.grpc === undefined ? (['http', 'HTTPRoute'] as const) : (['grpc', 'GRPCRoute'] as const);
  return {
    service: serviceOf(spec),
    target: resolveService(context, { ref: written.backendRef, use, path: `spec.externalAuthorization.${field}.backendRef` }),
    label: labelOfBackendRef(context.document.namespace, written.backendRef),
    timeoutMs: resolveTimeout(context, spec.timeout, 'spec.externalAuthorization.timeout'),
    body: spec.forwardBody && { maxBytes: spec.forwardBody.maxBytes, whenLonger: 'refuse' },
    failsOpen: spec.onFailure === 'Open',
  };
}

/** The port of a Service that a policy asks; undefined, and the policy cannot be evaluated, where there is none. */
export function resolveService(context: AccessContext, { ref, use, path }: BackendUse): BackendTarget | undefined {
  const { document, lookup } = context;
  const from = { group: 'weir.dev', kind: document.kind, namespace: document.namespace };
  const found = followBackendRef({ lookup, from, use }, ref);
  if (!('reason' in found)) return found;
  const message = `${path} ${found.message}`;
  context.report({ severity: 'error', code: found.code, path: `${path}.${found.field}`, message, hint: found.hint });
  context.fail(message);
  return undefined;
}

/** A time that is out of bounds is brought to the next that is not. */
export function resolveTimeout(context: AccessContext, text: string | undefined, path: string): number {
  const timeoutMs = text === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(text);
  if (timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs;
  const usedMs = timeoutMs <= 0 ? DEFAULT_TIMEOUT_MS : MAX_TIMEOUT_MS;
  const message = `${path} is ${text ?? ''}; ${usedMs / 1000}s is used`;
  context.report({
    severity: 'error',
    code: 'access-timeout-invalid',
    path,
    message,
    hint: `write more than 0s and at most 30s`,
  });
  return usedMs;
}

function serviceOf({ grpc, http }: Spec): AuthorizationService {
  if (http !== undefined) return httpServiceOf(http);
  return { kind: 'grpc', headersToService: grpc?.headersToService?.map(lowerCase) };
}

function httpServiceOf({ path, pathPrefix = '', ...http }: HttpSpec): AuthorizationService {
  return {
    kind: 'http',
    path: path === undefined ? { kind: 'prefixed', value: pathPrefix } : { kind: 'fixed', value: path },
    headersToService: http.headersToService?.map(lowerCase) ?? DEFAULT_HEADERS_TO_SERVICE,
    headersToBackend: http.headersToBackend?.map(lowerCase) ?? [],
    headersToClient: http.headersToClient?.map(lowerCase) ?? DEFAULT_HEADERS_TO_CLIENT,
  };
}

function lowerCase(name: string): string {
  return name.toLowerCase();
}
