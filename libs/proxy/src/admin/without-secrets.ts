// SPDX-License-Identifier: Apache-2.0
import type { AuthenticationMethod, Consumer, RateLimitSpec, Resource } from '@weir/policy/snapshot';

const NOT_SHOWN = '(not shown)';

/** What may be shown of a resource: all but keys. */
export function withoutSecrets(resource: Resource): Resource {
  switch (resource.kind) {
    case 'certificate':
      return { ...resource, keyPem: NOT_SHOWN };
    case 'accessPolicy': {
      const { authentication } = resource;
      if (authentication === undefined) return resource;
      return { ...resource, authentication: { ...authentication, methods: authentication.methods.map(withoutKeys) } };
    }
    case 'trafficLimits':
      return { ...resource, rateLimits: resource.rateLimits.map(withoutPassword) };
    case 'consumers':
      return { ...resource, consumers: resource.consumers.map(withoutHashes) };
    case 'accessChain':
    case 'backend':
    case 'gateway':
    case 'meshService':
    case 'meshSettings':
    case 'port':
    case 'routeRule':
    case 'sidecarPort':
    case 'streamRule':
    case 'trafficCalls':
    case 'trustBundle':
    case 'workload':
      return resource;
  }
}

/** A key set that is written down may have secrets that tokens are signed with; who asks an issuer has one to show. */
function withoutKeys(method: AuthenticationMethod): AuthenticationMethod {
  if (method.kind === 'introspection') return { ...method, client: { ...method.client, secret: NOT_SHOWN } };
  if (method.kind !== 'jwt' || method.provider.keys.kind !== 'inline') return method;
  return { ...method, provider: { ...method.provider, keys: { kind: 'inline', jwks: NOT_SHOWN } } };
}

/** A password that people chose can be guessed from its hash, however slowly; the hashes of keys, which are random, tell nothing. */
function withoutHashes(consumer: Consumer): Consumer {
  return { ...consumer, passwords: consumer.passwords.map(password => ({ ...password, hash: NOT_SHOWN })) };
}

/** What the store of a shared limit knows its gateways by. */
function withoutPassword(limit: RateLimitSpec): RateLimitSpec {
  const { shared } = limit;
  if (shared?.store.password === undefined) return limit;
  return { ...limit, shared: { ...shared, store: { ...shared.store, password: NOT_SHOWN } } };
}
