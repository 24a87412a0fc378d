// SPDX-License-Identifier: Apache-2.0
import type { AuthorizationService } from '../../snapshot/index.ts';
import { DEFAULT_TIMEOUT_MS } from '../access/resolve-external-authorization.ts';
import type { HttpRouteRuleSpec } from '../inventory/document-of.ts';
import { labelOfBackendRef, resolveBackendFor } from './resolve-backend-ref.ts';
import type { ResolvedFilter } from './resolved-route.ts';
import type { RouteContext } from './route-context.ts';

type Spec = NonNullable<HttpRouteRuleSpec['filters']>[number]['externalAuth'];

/** The filter, or what is wrong with it. A reference that cannot be followed leaves it with nobody to ask: it refuses. */
export function externalAuth(context: RouteContext, spec: Spec, path: string): ResolvedFilter | string {
  if (spec === undefined) return 'has type ExternalAuth without externalAuth';
  const { backendRef: ref, protocol, forwardBody } = spec;
  const use = protocol === 'GRPC' ? 'GRPCRoute' : 'HTTPRoute';
  const maxBytes = forwardBody?.maxSize ?? 0;
  return {
    kind: 'externalAuth',
    authorization: {
      service: serviceOf(spec),
      target: resolveBackendFor(context, { ref, use, path: `${path}.backendRef` }),
      label: labelOfBackendRef(context.document.namespace, ref),
      timeoutMs: DEFAULT_TIMEOUT_MS,
      // HTTPExternalAuthFilter, ForwardBody.maxSize: 0 = no body; of a longer one the beginning is sent.
      body: maxBytes === 0 ? undefined : { maxBytes, whenLonger: 'truncate' },
      failsOpen: false,
    },
  };
}

/** Empty lists mean what is absent means (HTTPAuthConfig, GRPCAuthConfig): of gRPC's headers and of answers all. */
function serviceOf({ protocol, grpc, http }: NonNullable<Spec>): AuthorizationService {
  if (protocol === 'GRPC') return { kind: 'grpc', headersToService: lowerCaseList(grpc?.allowedHeaders) };
  return {
    kind: 'http',
    path: { kind: 'prefixed', value: http?.path ?? '' },
    headersToService: lowerCaseList(http?.allowedHeaders) ?? [],
    headersToBackend: lowerCaseList(http?.allowedResponseHeaders),
    headersToClient: undefined,
  };
}

function lowerCaseList(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.length === 0 ? undefined : names.map(name => name.toLowerCase());
}
