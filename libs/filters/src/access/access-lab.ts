// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { Exchange, Fault, HeaderList } from '@weir/base';
import { NO_CONDITIONS } from '@weir/policy/snapshot';
import type { Filter, RequestBody } from '@weir/base';
import type { AccessGuard, AccessPolicy, AccessRule, ApiKeyMethod, Consumer } from '@weir/policy/snapshot';
import type { CallBackend } from '../service-call/service-call.ts';
import type { DerivePassword } from '../basic/derive-password.ts';
import type { AccessResource } from './access-store.ts';
import type { PolicyEdit } from './reference.ts';
import { AccessStore } from './access-store.ts';
import type { TokenVerifiers } from './token-verifiers.ts';
import { createAccessFilter } from './access-filter.ts';
import type { AccessSpec } from './access-filter.ts';

/** Of `shop/acme`, in group `gold`. */
export const GOLD_KEY = 'gold-0123456789abcdef';
/** Of `shop/old`, until EXPIRES_MS. */
export const OLD_KEY = 'old-0123456789abcdefg';
export const EXPIRES_MS = 1_000_000;

const CONSUMERS: readonly Consumer[] = [
  { label: 'shop/acme', groups: ['gold'], apiKeys: [keyOf(GOLD_KEY)], passwords: [], certificates: [], tokens: [] },
  { label: 'shop/old', groups: [], apiKeys: [keyOf(OLD_KEY, EXPIRES_MS)], passwords: [], certificates: [], tokens: [] },
];

export function keyOf(text: string, expiresMs = 0): Consumer['apiKeys'][number] {
  return { sha256: createHash('sha256').update(text).digest('hex'), expiresMs };
}

export function policyOf(label: string, parts: Partial<AccessPolicy> = {}): AccessPolicy {
  return {
    kind: 'accessPolicy',
    name: `access-policy/${label}`,
    label,
    isShadow: false,
    unresolved: undefined,
    addresses: undefined,
    authentication: undefined,
    denyRules: [],
    allowRules: [],
    externalAuthorization: undefined,
    ...parts,
  };
}

export function ruleOf(name: string, parts: Partial<AccessRule> = {}): AccessRule {
  return { name, ...NO_CONDITIONS, ...parts };
}

export function keys(admitsAnonymous = false, parts: Partial<ApiKeyMethod> = {}): NonNullable<AccessPolicy['authentication']> {
  const sources = [
    { kind: 'header', name: 'x-api-key' },
    { kind: 'query', name: 'key' },
    { kind: 'cookie', name: 'key' },
  ] as const;
  return {
    admitsAnonymous,
    methods: [{ kind: 'apiKey', name: 'partners', sources, consumers: 'consumers/shop/', isForwarded: false, ...parts }],
  };
}

/** Passwords of the lab have no hash that takes its time. */
const derivePassword: DerivePassword = (password, { hash }) =>
  Promise.resolve(createHash('sha512').update(password).digest().subarray(0, hash.length));

interface Scene {
  readonly guards?: Readonly<Record<string, Partial<AccessGuard>>>;
  readonly wallMs?: number;
  readonly without?: readonly string[];
  readonly tokens?: TokenVerifiers;
  readonly callBackend?: CallBackend | undefined;
  /** Who the gateway is that evaluates. */
  readonly gateway?: string;
}

/** Of a scene without any. */
export const NO_TOKENS: TokenVerifiers = {
  verifierOf() {
    throw new Error('no tokens are verified here');
  },
  retain: () => undefined,
};

export function createStore({ wallMs = 0, tokens = NO_TOKENS, callBackend, gateway }: Scene = {}): AccessStore {
  const clock = { wallMs: () => wallMs, nowMs: () => 0 };
  return new AccessStore({ clock, random: { hex: count => '00'.repeat(count) }, derivePassword, tokens, callBackend, gateway });
}

/** A store with one chain of all policies, widest first. */
export function storeOf(policies: readonly AccessPolicy[], { guards = {}, without = [], ...scene }: Scene = {}): AccessStore {
  const store = createStore(scene);
  const chain = {
    kind: 'accessChain' as const,
    name: 'access/all',
    guards: policies.map(({ name, label }) => ({
      policy: name,
      scope: 'Route',
      rank: 7,
      deniesByDefault: false,
      relaxed: [],
      ...guards[label],
    })),
  };
  const resources: readonly AccessResource[] = [
    chain,
    ...policies,
    { kind: 'consumers', name: 'consumers/shop/', consumers: CONSUMERS },
  ];
  put(store, ...resources.filter(({ name }) => !without.includes(name)));
  return store;
}

export function put(store: AccessStore, ...resources: readonly AccessResource[]): void {
  const edit: PolicyEdit = new Map();
  for (const resource of resources) store.prepare(resource, edit);
  store.commit(edit);
}

/** A request. */
export interface Asked {
  readonly headers?: readonly (readonly [string, string])[];
  readonly path?: string;
  readonly query?: string;
  readonly method?: string;
  readonly address?: string;
  readonly host?: string;
  readonly peerIdentity?: string;
}

const NO_BODY: RequestBody = {
  contentLength: 0,
  isStarted: false,
  pipe: sink => sink.onEnd(undefined),
  resume: () => undefined,
  discard: () => undefined,
};

const DOWNSTREAM = {
  remotePort: 40_000,
  localAddress: '127.0.0.1',
  localPort: 80,
  isTls: false,
  serverName: undefined,
  clientCertificate: undefined,
};

export function exchangeOf({ headers = [], path = '/', query, method = 'GET', ...asked }: Asked = {}): Exchange {
  const { address = '192.0.2.1', host = 'shop.example', peerIdentity } = asked;
  const [name = ''] = host.split(':');
  const exchange = new Exchange({
    request: { method, scheme: 'http', authority: host, host: name, path, query, headers: HeaderList.of(...headers) },
    body: NO_BODY,
    downstream: { ...DOWNSTREAM, remoteAddress: address, ...(peerIdentity === undefined ? {} : { peerIdentity }) },
    startedMs: 0,
    protocol: 'HTTP/1.1',
  });
  exchange.target = query === undefined ? path : `${path}?${query}`;
  return exchange;
}

export function filterOf(store: AccessStore, { chains = ['access/all'], mirrors = [] }: Partial<AccessSpec> = {}): Filter {
  return createAccessFilter({ kind: 'access', chains, mirrors }, name => store.chain(name));
}

/** The fault's code, or `admitted`. */
export function ask(store: AccessStore, exchange: Exchange): string {
  try {
    const verdict = filterOf(store).onRequest?.(exchange);
    return verdict instanceof Promise ? 'waits' : 'admitted';
  } catch (reason) {
    return reason instanceof Fault ? reason.code : String(reason);
  }
}

export const withKey = (key: string): Asked => ({ headers: [['x-api-key', key]] });
