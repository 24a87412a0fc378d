// SPDX-License-Identifier: Apache-2.0
import { createSystemRandom, systemClock } from '@weir/base';
import { AccessStore, isAccessResource } from '@weir/filters';
import type { PolicyEdit } from '@weir/filters';
import { createTokenVerifiers } from '@weir/filters/jwt';
import type { KeySetCache } from '@weir/filters/jwt';
import { isMeshListener } from '@weir/policy/resolve';
import { GATEWAY_IDENTITY } from '@weir/policy/snapshot';
import type { AccessGuard, AuthenticationMethod, Resource, ResourceName, Snapshot } from '@weir/policy/snapshot';
import type { ExplainedPolicy } from '../explanation.ts';

/** By who the gateway is; '' = none. */
const stores = new WeakMap<Snapshot, Map<string, AccessStore>>();

/** Passwords are checked in the thread pool, and explain answers at once. */
function cannotWait(): Promise<never> {
  return Promise.reject(new Error('explain checks no passwords'));
}

/** Nothing is fetched to explain something: whoever waits for keys is told so. */
const NOT_FETCHED: KeySetCache = {
  open: () => ({ current: undefined, first: () => Promise.withResolvers<never>().promise, refresh: () => undefined }),
  retain: () => undefined,
};

/**
 * The engine's own access policies, as a snapshot has them, for a listener of a Gateway or of the mesh. One that a gateway could not take
 * refuses here too.
 */
export function accessStoreOf(snapshot: Snapshot, listener: string): AccessStore {
  const gateway = gatewayOf(snapshot, listener);
  const ofSnapshot = stores.get(snapshot) ?? new Map<string, AccessStore>();
  stores.set(snapshot, ofSnapshot);
  const store = ofSnapshot.get(gateway ?? '') ?? openStore(snapshot, gateway);
  ofSnapshot.set(gateway ?? '', store);
  return store;
}

/** Who the gateway is that has a listener; undefined = it is one of the mesh. */
function gatewayOf({ resources }: Snapshot, listener: string): string | undefined {
  if (isMeshListener(listener)) return undefined;
  for (const resource of resources.values()) {
    if (resource.kind === 'gateway' && resource.ports.some(port => hasListener(resources.get(port), listener))) {
      return resource.identity;
    }
  }
  return GATEWAY_IDENTITY;
}

function hasListener(port: Resource | undefined, listener: string): boolean {
  return port?.kind === 'port' && port.listeners.some(({ name }) => name === listener);
}

function openStore(snapshot: Snapshot, gateway: string | undefined): AccessStore {
  const store = new AccessStore({
    gateway,
    clock: systemClock,
    random: createSystemRandom(),
    callBackend: undefined,
    derivePassword: cannotWait,
    tokens: createTokenVerifiers({ clock: systemClock, keySets: NOT_FETCHED }),
  });
  const edit: PolicyEdit = new Map();
  for (const resource of snapshot.resources.values()) {
    if (!isAccessResource(resource)) continue;
    try {
      store.prepare(resource, edit);
    } catch {
      // It stays unknown, as it does in a gateway that has never had it.
    }
  }
  store.commit(edit);
  return store;
}

/** The policies of chains, each in the order in which it is asked. */
export function explainedPolicies(snapshot: Snapshot, chains: readonly (ResourceName | undefined)[]): readonly ExplainedPolicy[] {
  return chains.flatMap(name => {
    const chain = name === undefined ? undefined : snapshot.resources.get(name);
    return chain?.kind === 'accessChain' ? chain.guards.map(guard => explainedPolicy(snapshot, guard)) : [];
  });
}

function explainedPolicy({ resources }: Snapshot, { policy, scope, deniesByDefault, relaxed }: AccessGuard): ExplainedPolicy {
  const resource = resources.get(policy);
  const known = resource?.kind === 'accessPolicy' ? resource : undefined;
  return {
    kind: 'AccessPolicy',
    name: known?.label ?? policy,
    scope,
    isShadow: known?.isShadow ?? false,
    says: known === undefined ? ['cannot be evaluated: it is not known'] : [...saysOf(known, relaxed, deniesByDefault)],
  };
}

type Known = Extract<ReturnType<Snapshot['resources']['get']>, { kind: 'accessPolicy' }>;

/** What a policy asks of requests here, part by part. */
function* saysOf(policy: Known, relaxed: AccessGuard['relaxed'], deniesByDefault: boolean): Generator<string> {
  const { unresolved, addresses, authentication, denyRules, allowRules, externalAuthorization } = policy;
  const off = (part: AccessGuard['relaxed'][number]): string => (relaxed.includes(part) ? ' (relaxed here)' : '');
  if (unresolved !== undefined) yield `cannot be evaluated: ${unresolved}`;
  if (addresses !== undefined) {
    const { allow, deny } = addresses;
    const allowed = allow === undefined ? [] : [`allow ${list(allow)}`];
    yield `addresses: ${[...allowed, ...(deny.length === 0 ? [] : [`deny ${list(deny)}`])].join(', ')}${off('addresses')}`;
  }
  if (authentication !== undefined) {
    const methods = authentication.methods.map(method => `${method.name} (${describeMethod(method)})`).join(' or ');
    yield `authentication: ${methods}${authentication.admitsAnonymous ? ', or none' : ''}${off('authentication')}`;
  }
  if (denyRules.length > 0) yield `deny rules: ${list(denyRules.map(({ name }) => name))}${off('authorization')}`;
  if (allowRules.length > 0) yield `allow rules: ${list(allowRules.map(({ name }) => name))}${off('authorization')}`;
  if (externalAuthorization !== undefined) {
    const { label, failsOpen } = externalAuthorization;
    yield `external authorization: asks Service ${label}${failsOpen ? ', and goes on without' : ''}${off('externalAuthorization')}`;
  }
  if (deniesByDefault) yield 'denies by default: nothing here or narrower allows anything';
}

function describeMethod(method: AuthenticationMethod): string {
  switch (method.kind) {
    case 'apiKey':
    case 'basic':
    case 'clientCertificate':
      return method.kind;
    case 'introspection':
      return `introspection by ${method.endpoint.label}`;
    case 'jwt': {
      const { issuer, keys } = method.provider;
      return `jwt of ${issuer}${keys.kind === 'remote' ? `, keys from ${keys.url}` : ''}`;
    }
  }
}

const MAX_SHOWN = 8;

function list(items: readonly string[]): string {
  const shown = items.slice(0, MAX_SHOWN).join(' ');
  return items.length > MAX_SHOWN ? `${shown} and ${items.length - MAX_SHOWN} more` : shown;
}
