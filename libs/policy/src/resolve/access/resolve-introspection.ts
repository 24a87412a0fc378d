// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@weir/base';
import type { IntrospectionEndpoint, IntrospectionMethod } from '../../snapshot/index.ts';
import { secretText } from '../certificate/credential-reader.ts';
import { describeMissing } from '../reference/missing-object.ts';
import { labelOfBackendRef } from '../route/resolve-backend-ref.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import type { AccessPolicySpec } from './access-policy-document.ts';
import type { AccessContext } from './resolve-access-policy.ts';
import { resolveService, resolveTimeout } from './resolve-external-authorization.ts';
import { tokenSources } from './token-sources.ts';

type MethodSpec = NonNullable<AccessPolicySpec['authentication']>['methods'][number];
type Spec = NonNullable<MethodSpec['introspection']> & { readonly name: string };

/** As in the snapshot, with the port of a Service instead of the name of a backend. */
export type ResolvedIntrospection = Omit<IntrospectionMethod, 'endpoint'> & {
  readonly endpoint: ResolvedEndpoint;
};
/** `origin`: of a server outside, which has no target. */
type ResolvedEndpoint = Omit<IntrospectionEndpoint, 'backend'> & {
  readonly target: BackendTarget | undefined;
  readonly origin: string | undefined;
};

/** A token that is revoked is believed for as long. */
const DEFAULT_CACHE_MS = 60_000;
const MAX_CACHE_MS = 600_000;

export function resolveIntrospection(context: AccessContext, spec: Spec, path: string): ResolvedIntrospection {
  const { issuer, audiences = [], scopes = [] } = spec;
  return {
    kind: 'introspection',
    name: spec.name,
    sources: tokenSources(spec.from),
    endpoint: resolveEndpoint(context, spec.endpoint, `${path}.endpoint`),
    client: { id: spec.clientId, secret: resolveSecret(context, spec, `${path}.clientSecretRef`) },
    issuer,
    audiences,
    scopes,
    timeoutMs: resolveTimeout(context, spec.timeout, `${path}.timeout`),
    maxAgeMs: resolveCacheTime(context, spec.cacheFor, `${path}.cacheFor`),
    isForwarded: spec.forward,
  };
}

function resolveEndpoint(
  context: AccessContext,
  { url, backendRef: ref, path = '/', host }: Spec['endpoint'],
  at: string,
): ResolvedEndpoint {
  const { namespace } = context.document;
  if (ref === undefined) return endpointAt(new URL(url ?? ''));
  const name = labelOfBackendRef(namespace, ref);
  return {
    target: resolveService(context, { ref, use: 'HTTPRoute', path: `${at}.backendRef` }),
    origin: undefined,
    label: `Service ${name}`,
    path,
    query: undefined,
    host: host ?? `${ref.name}.${ref.namespace ?? namespace}:${ref.port ?? 80}`,
  };
}

/** The schema has looked at the URL. */
function endpointAt({ origin, pathname, search, host }: URL): ResolvedEndpoint {
  return { target: undefined, origin, label: origin, path: pathname, query: search === '' ? undefined : search.slice(1), host };
}

/** Without one the policy cannot be evaluated: an issuer tells nobody about tokens whom it does not know. */
function resolveSecret(context: AccessContext, { clientSecretRef: { name, key } }: Spec, path: string): string {
  const { document, lookup } = context;
  const { namespace } = document;
  const secret = lookup.get('Secret', namespace, name);
  const text = secret && secretText(secret, key)?.trim();
  if (text !== undefined && text !== '') return text;
  const found =
    secret === undefined
      ? describeMissing(lookup, { kind: 'Secret', namespace, name })
      : {
          message: `names entry \`${key}\` of Secret \`${name}\`, which has no such text`,
          hint: 'write key: and the name of an entry',
        };
  const message = `${path} ${found.message}`;
  const field = secret === undefined ? 'name' : 'key';
  context.report({ severity: 'error', code: 'access-secret-unresolved', path: `${path}.${field}`, message, hint: found.hint });
  context.fail(message);
  return '';
}

function resolveCacheTime(context: AccessContext, text: string | undefined, path: string): number {
  const cacheMs = text === undefined ? DEFAULT_CACHE_MS : parseDuration(text);
  if (cacheMs <= MAX_CACHE_MS) return cacheMs;
  const message = `${path} is ${text ?? ''}, for which a revoked token would be believed; 10m is used`;
  context.report({ severity: 'error', code: 'access-cache-invalid', path, message, hint: 'write at most 10m' });
  return MAX_CACHE_MS;
}
