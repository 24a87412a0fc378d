// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { AccessPolicy, Authentication, ConsumerToken, JwtMethod, JwtProvider, KeySet } from '@weir/policy/snapshot';
import { parseKeySet } from '@weir/policy/snapshot';
import { createManualClock, createTestClaims, createTestProvider, createTestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { KeySource } from '../jwt/key-source.ts';
import { createTokenVerifiers } from '../jwt/verifier-table.ts';
import { ask, exchangeOf, filterOf, GOLD_KEY, keys, policyOf, put, ruleOf, storeOf, withKey } from './access-lab.ts';
import type { Asked } from './access-lab.ts';
import type { AccessStore } from './access-store.ts';

const NOW_MS = 1_800_000_000_000;
const CLAIMS = createTestClaims(NOW_MS);
const signer = createTestSigner('ES256');
const other = createTestSigner('ES256', 'another key');

/** Keys that come when the test lets them. */
class RemoteKeys implements KeySource {
  current: KeySet | undefined = undefined;
  private readonly arrival = Promise.withResolvers<KeySet>();

  first(): Promise<KeySet> {
    return this.arrival.promise;
  }

  refresh(): undefined {
    return undefined;
  }

  arrive(): void {
    this.current = parseKeySet(JSON.stringify({ keys: [signer.jwk] }), { allowsSecrets: false });
    this.arrival.resolve(this.current);
  }
}

function jwt(changes: Partial<JwtProvider> = {}, parts: Partial<JwtMethod> = {}): JwtMethod {
  const provider = createTestProvider([signer], { forwardsToken: true, ...changes });
  return { kind: 'jwt', name: 'customers', provider, consumers: 'consumers/shop/', requiresConsumer: false, ...parts };
}

function authentication(...methods: Authentication['methods']): Authentication {
  return { admitsAnonymous: false, methods };
}

interface Stage {
  readonly policies: readonly AccessPolicy[];
  readonly keys?: KeySource;
  readonly guards?: NonNullable<Parameters<typeof storeOf>[1]>['guards'];
}

function stage({ policies, keys: source = new RemoteKeys(), guards = {} }: Stage): AccessStore {
  const keySets = { open: () => source, retain: () => undefined };
  const tokens = createTokenVerifiers({ clock: createManualClock(NOW_MS), keySets });
  return storeOf(policies, { tokens, guards });
}

function storeWith(...methods: Authentication['methods']): AccessStore {
  return stage({ policies: [policyOf('shop/tokens', { authentication: authentication(...methods) })] });
}

function bearer(claims: object, scheme = 'Bearer'): Asked {
  return { headers: [['authorization', `${scheme} ${signer.sign(claims)}`]] };
}

function refusalOf(store: AccessStore, asked: Asked): Fault {
  try {
    void filterOf(store).onRequest?.(exchangeOf(asked));
  } catch (reason) {
    if (reason instanceof Fault) return reason;
    throw reason;
  }
  throw new Error('it was admitted');
}

function challengesOf({ headers }: Fault): readonly string[] {
  return [...(headers?.entries() ?? [])].flatMap(([name, value]) => (name === 'www-authenticate' ? value : []));
}

/** What the backend gets. */
function headersAfter(store: AccessStore, asked: Asked): Readonly<Record<string, string>> {
  const exchange = exchangeOf(asked);
  expect(ask(store, exchange)).toBe('admitted');
  return Object.fromEntries(exchange.request.headers.entries());
}

describe('a bearer token', () => {
  it('that is valid admits, with its claims, and goes on', () => {
    const exchange = exchangeOf(bearer({ ...CLAIMS, role: 'admin' }));
    expect(ask(storeWith(jwt()), exchange)).toBe('admitted');
    expect(exchange.identities).toMatchObject([{ method: 'customers', consumer: '', groups: [], claims: { role: 'admin' } }]);
    expect(exchange.request.headers.get('authorization')).toContain('Bearer ');
  });

  it.each(['bearer', 'BEARER', 'Bearer   '])('is found after %j', scheme => {
    expect(ask(storeWith(jwt()), exchangeOf(bearer(CLAIMS, scheme)))).toBe('admitted');
  });

  it('goes no further where the policy says so, and what is of another scheme stays', () => {
    const asked = { headers: [...bearer(CLAIMS).headers!, ['authorization', 'Basic YTpi']] as const };
    expect(headersAfter(storeWith(jwt({ forwardsToken: false })), asked)).toEqual({ authorization: 'Basic YTpi' });
  });

  it.each<[string, Asked, readonly string[]]>([
    ['is missing', {}, ['Bearer realm="customers"']],
    ['is of another scheme', { headers: [['authorization', 'Basic YTpi']] }, ['Bearer realm="customers"']],
    ['is no token', { headers: [['authorization', 'Bearer nonsense']] }, ['Bearer realm="customers", error="invalid_token"']],
    ['has expired', bearer({ ...CLAIMS, exp: NOW_MS / 1000 - 61 }), ['Bearer realm="customers", error="invalid_token"']],
    [
      'is of another issuer',
      bearer({ ...CLAIMS, iss: 'https://evil.example' }),
      ['Bearer realm="customers", error="invalid_token"'],
    ],
    [
      'is there twice',
      { headers: [...bearer(CLAIMS).headers!, ...bearer(CLAIMS).headers!] },
      ['Bearer realm="customers", error="invalid_token"'],
    ],
  ])('that %s is refused, and nothing of the reason is said', (_what, asked, challenges) => {
    const fault = refusalOf(storeWith(jwt()), asked);
    expect([fault.code, challengesOf(fault)]).toEqual(['unauthenticated', challenges]);
  });

  it('is not in the operator’s words for its refusal', () => {
    const token = other.sign(CLAIMS);
    const fault = refusalOf(storeWith(jwt()), { headers: [['authorization', `Bearer ${token}`]] });
    expect(fault.message).toBe(
      'AccessPolicy shop/tokens: method customers: its kid is "another key", and none of 1 keys has signed it',
    );
  });

  it('in the query is found, kept out of the log, and taken out where it is not forwarded', () => {
    const token = signer.sign(CLAIMS);
    const exchange = exchangeOf({ query: `a=1&access_token=${token}` });
    const method = jwt({ sources: [{ kind: 'query', name: 'access_token' }], forwardsToken: false });
    expect(ask(storeWith(method), exchange)).toBe('admitted');
    expect([exchange.request.query, exchange.target]).toEqual(['a=1', '/?a=1&access_token=[hidden]']);
  });

  it('that is twice in cookies is refused', () => {
    const token = signer.sign(CLAIMS);
    const method = jwt({ sources: [{ kind: 'cookie', name: 'session' }] });
    const asked = (cookie: string): Asked => ({ headers: [['cookie', cookie]] });
    expect(ask(storeWith(method), exchangeOf(asked(`a=b; session=${token}`)))).toBe('admitted');
    expect(ask(storeWith(method), exchangeOf(asked(`session=${token}; session=x`)))).toBe('unauthenticated');
  });
});

describe('several methods', () => {
  const partners = jwt(
    { issuer: 'https://partners.example', keys: { kind: 'inline', jwks: JSON.stringify({ keys: [other.jwk] }) } },
    { name: 'partners' },
  );

  it('each take the tokens of their own issuer, and none takes it away from the other', () => {
    const store = storeWith(jwt(), partners);
    const token = other.sign({ ...CLAIMS, iss: 'https://partners.example' });
    const exchange = exchangeOf({ headers: [['authorization', `Bearer ${token}`]] });
    expect(ask(store, exchange)).toBe('admitted');
    expect(exchange.identities).toMatchObject([{ method: 'partners' }]);
    expect(exchange.request.headers.get('authorization')).toBe(`Bearer ${token}`);
    expect(ask(store, exchangeOf(bearer(CLAIMS)))).toBe('admitted');
  });

  it('wait for no keys of an issuer whose token it is not', () => {
    const remote = jwt(
      {
        issuer: 'https://slow.example',
        keys: { kind: 'remote', url: 'https://slow.example/', refreshMs: 1, allowsPlaintext: false },
      },
      { name: 'slow' },
    );
    expect(ask(storeWith(remote, jwt()), exchangeOf(bearer(CLAIMS)))).toBe('admitted');
    expect(ask(storeWith(remote), exchangeOf(bearer(CLAIMS)))).toBe('unauthenticated');
  });

  it('let no token through that nobody has verified, whoever admitted the caller', () => {
    const store = storeWith(keys().methods[0]!, jwt());
    const asked = { headers: [...withKey(GOLD_KEY).headers!, ['authorization', `Bearer ${other.sign(CLAIMS)}`]] as const };
    expect(headersAfter(store, asked)).toEqual({});
  });

  it('say in one challenge each what they want', () => {
    const store = storeWith(keys().methods[0]!, jwt());
    expect(challengesOf(refusalOf(store, {}))).toEqual(['ApiKey', 'Bearer realm="customers"']);
  });
});

describe('keys that are not there yet', () => {
  const REMOTE = { kind: 'remote', url: 'https://issuer.example/jwks', refreshMs: 60_000, allowsPlaintext: false } as const;
  const policies = [policyOf('shop/tokens', { authentication: authentication(jwt({ keys: REMOTE })) })];

  it('are waited for', async () => {
    const source = new RemoteKeys();
    const exchange = exchangeOf(bearer(CLAIMS));
    const verdict = filterOf(stage({ policies, keys: source })).onRequest?.(exchange);
    source.arrive();
    await expect(verdict).resolves.toEqual({ kind: 'continue' });
    expect(exchange.identities).toHaveLength(1);
  });

  it('and cannot be had refuse with 503, and ask for no other token', async () => {
    const store = storeWith(jwt({ keys: { kind: 'unresolved', detail: 'the Secret is gone' } }));
    const asked = filterOf(store).onRequest?.(exchangeOf(bearer(CLAIMS)));
    const fault = await Promise.resolve(asked).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(fault).toMatchObject({ code: 'policy_unavailable', headers: undefined, spec: { status: 503, grpcStatus: 14 } });
    expect(ask(store, exchangeOf())).toBe('unauthenticated');
  });
});

describe('claims', () => {
  it.each<[string, object, readonly string[], string]>([
    ['nested', { realm: { roles: ['dev', 'ops'] } }, ['realm', 'roles'], 'ops'],
    ['in a list', { groups: ['dev', 'ops'] }, ['groups'], 'ops'],
    ['that are words of scope', { scope: 'read ops' }, ['scope'], 'ops'],
    ['that are numbers', { level: 3 }, ['level'], '3'],
  ])('%s are what rules look at', (_what, claims, path, value) => {
    const allowRules = [ruleOf('ops', { claims: [{ path, values: [value] }] })];
    const policies = [policyOf('shop/tokens', { authentication: authentication(jwt()), allowRules })];
    expect(ask(stage({ policies }), exchangeOf(bearer({ ...CLAIMS, ...claims })))).toBe('admitted');
    expect(ask(stage({ policies }), exchangeOf(bearer(CLAIMS)))).toBe('access_denied');
  });

  it.each<[string, ConsumerToken]>([
    ['its subject', { issuer: CLAIMS.iss, path: ['sub'], value: 'alice' }],
    ['another claim', { issuer: CLAIMS.iss, path: ['org', 'id'], value: '7' }],
  ])('say by %s which Consumer it is, with its groups', (_what, token) => {
    const allowRules = [ruleOf('gold', { groups: ['gold'], consumers: ['shop/alice'] })];
    const methods = authentication(jwt({}, { requiresConsumer: true }));
    const store = stage({ policies: [policyOf('shop/tokens', { authentication: methods, allowRules })] });
    const consumer = { label: 'shop/alice', groups: ['gold'], apiKeys: [], passwords: [], certificates: [], tokens: [token] };
    const asked = bearer({ ...CLAIMS, org: { id: 7 } });
    expect(ask(store, exchangeOf(asked))).toBe('unauthenticated');
    put(store, { kind: 'consumers', name: 'consumers/shop/', consumers: [consumer] });
    expect(ask(store, exchangeOf(asked))).toBe('admitted');
    const foreign = { ...consumer, tokens: [{ ...token, issuer: 'https://other.example' }] };
    put(store, { kind: 'consumers', name: 'consumers/shop/', consumers: [foreign] });
    expect(ask(store, exchangeOf(asked))).toBe('unauthenticated');
  });
});

describe('a claim in a header', () => {
  const claimHeaders = [
    { path: ['sub'], header: 'x-user' },
    { path: ['role'], header: 'x-role' },
  ];
  const forged: NonNullable<Asked['headers']> = [
    ['x-user', 'root'],
    ['x_role', 'admin'],
    ['x-role', 'admin'],
    ['x-other', 'stays'],
  ];
  const withForged = (asked: Asked): Asked => ({ headers: [...(asked.headers ?? []), ...forged] });
  const method = jwt({ claimHeaders, forwardsToken: false });

  it('is what the token says, whatever the client sent under that name', () => {
    const headers = headersAfter(storeWith(method), withForged(bearer(CLAIMS)));
    expect(headers).toEqual({ 'x-user': 'alice', 'x-other': 'stays' });
  });

  it('is removed where a caller is anonymous', () => {
    const policies = [policyOf('shop/tokens', { authentication: { ...authentication(method), admitsAnonymous: true } })];
    expect(headersAfter(stage({ policies }), withForged({}))).toEqual({ 'x-other': 'stays' });
  });

  it('is removed where another method admitted the caller', () => {
    const store = storeWith(keys().methods[0]!, method);
    expect(headersAfter(store, withForged(withKey(GOLD_KEY)))).toEqual({ 'x-other': 'stays' });
  });

  it('is removed where a narrower policy has relaxed the authentication', () => {
    const policies = [policyOf('shop/tokens', { authentication: authentication(method) })];
    const store = stage({ policies, guards: { 'shop/tokens': { relaxed: ['authentication'] } } });
    expect(headersAfter(store, withForged({}))).toEqual({ 'x-other': 'stays' });
  });

  it('is not believed by rules', () => {
    const denyRules = [ruleOf('root', { headers: [{ name: 'x-user', values: ['root'] }] })];
    const policies = [policyOf('shop/tokens', { authentication: authentication(method), denyRules })];
    expect(ask(stage({ policies }), exchangeOf(withForged(bearer(CLAIMS))))).toBe('admitted');
  });

  it('does not come in behind the head either', () => {
    const trailers = HeaderList.of(['x-user', 'root'], ['x_role', 'admin'], ['checksum', '1']);
    filterOf(storeWith(method)).onRequestTrailers?.(trailers);
    expect([...trailers.entries()]).toEqual([['checksum', '1']]);
  });

  it('is what the wider policy says where two have it', () => {
    const wide = policyOf('shop/wide', { authentication: authentication(method) });
    const role = jwt({ claimHeaders: [{ path: ['iss'], header: 'x-user' }] });
    const narrow = policyOf('team/narrow', { authentication: authentication(role) });
    const store = stage({ policies: [wide, narrow], guards: { 'shop/wide': { rank: 1 } } });
    expect(headersAfter(store, bearer(CLAIMS))).toMatchObject({ 'x-user': 'alice' });
  });

  it('that a policy would only look at is left alone', () => {
    const policies = [policyOf('shop/tokens', { isShadow: true, authentication: authentication(method) })];
    const exchange: Exchange = exchangeOf({ headers: forged });
    expect(ask(stage({ policies }), exchange)).toBe('admitted');
    expect(exchange.request.headers.count).toBe(forged.length);
    expect(exchange.shadowRefusals).toEqual(['shop/tokens']);
  });

  it('keeps copies from a mirror whose Service believes it', () => {
    const policies = [policyOf('shop/tokens', { authentication: { ...authentication(method), admitsAnonymous: true } })];
    const filter = filterOf(stage({ policies }), { chains: [], mirrors: [{ backend: 'backend/copy', chain: 'access/all' }] });
    const [plain, lying] = [exchangeOf(), exchangeOf({ headers: forged })];
    void filter.onRequest?.(plain);
    void filter.onRequest?.(lying);
    expect([plain.admittedMirrors, lying.admittedMirrors]).toEqual([['backend/copy'], []]);
  });
});
