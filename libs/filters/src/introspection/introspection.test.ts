// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { IntrospectionMethod } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { NotAsked } from '../service-call/service-call.ts';
import type { ServiceAnswer, ServiceRequest } from '../service-call/service-call.ts';
import { BoundedCache } from './bounded-cache.ts';
import { createIntrospection } from './introspection.ts';
import { REFUSED_BOUNDS, REFUSED_MS } from './token-findings.ts';

const METHOD: IntrospectionMethod = {
  kind: 'introspection',
  name: 'staff',
  sources: [{ kind: 'header', name: 'authorization', prefix: 'Bearer ' }],
  endpoint: {
    backend: 'backend/auth/issuer/80',
    label: 'Service auth/issuer:80',
    path: '/introspect',
    query: undefined,
    host: 'issuer.auth:80',
  },
  client: { id: 'weir:1', secret: 'a b' },
  issuer: undefined,
  audiences: [],
  scopes: [],
  timeoutMs: 1000,
  maxAgeMs: 60_000,
  isForwarded: false,
};

/** Seconds since the Unix epoch when the clock starts. */
const NOW = 1_000;

function bench(parts: Partial<IntrospectionMethod> = {}) {
  const clock = createManualClock(NOW * 1000);
  const asked: ServiceRequest[] = [];
  const answers: (Fault | Partial<ServiceAnswer>)[] = [];
  const authenticator = createIntrospection(
    { ...METHOD, ...parts },
    {
      clock,
      random: createScriptedRandom(0),
      callBackend: async (_, request) => {
        asked.push(request);
        const answer = answers[asked.length - 1] ?? answers.at(-1) ?? {};
        if (answer instanceof Fault) throw answer;
        return { status: 200, headers: new HeaderList(), body: Buffer.from('{}'), trailers: undefined, ...answer };
      },
    },
  );
  return { clock, asked, answers, authenticator };
}

type Bench = ReturnType<typeof bench>;

function says(claims: object): Partial<ServiceAnswer> {
  return { body: Buffer.from(JSON.stringify(claims)) };
}

async function ask({ authenticator }: Bench, token = 't0ken', scheme = 'Bearer'): Promise<string> {
  const exchange = createTestExchange({ request: { headers: HeaderList.of(['authorization', `${scheme} ${token}`]) } });
  const found = await authenticator.authenticate(exchange);
  return 'detail' in found ? `${found.kind}: ${found.detail}` : found.kind;
}

describe('a question about a token', () => {
  it('is asked as RFC 7662 has it', async () => {
    const scene = bench();
    scene.answers.push(says({ active: true, sub: 'ann' }));
    expect(await ask(scene, 'a+b/c=')).toBe('admitted');
    const { method, path, authority, headers, body, timeoutMs } = scene.asked[0]!;
    expect([method, path, authority, timeoutMs]).toEqual(['POST', '/introspect', 'issuer.auth:80', 1000]);
    expect(body.toString()).toBe('token=a%2Bb%2Fc%3D&token_type_hint=access_token');
    expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded');
    expect(headers.get('authorization')).toBe(`Basic ${Buffer.from('weir%3A1:a+b').toString('base64')}`);
  });

  it('is not asked where nobody may be asked, and says whom', () => {
    const ports = { clock: createManualClock(), random: createScriptedRandom(0), callBackend: undefined };
    const exchange = createTestExchange({ request: { headers: HeaderList.of(['authorization', 'Bearer t']) } });
    expect(() => createIntrospection(METHOD, ports).authenticate(exchange)).toThrow(NotAsked);
  });

  it.each([
    ['Basic', 'YTpi', 'absent'],
    ['bearer', 't', 'admitted'],
    ['Bearer', 'two tokens', 'refused: the token is none'],
    ['Bearer', 'x'.repeat(8193), 'refused: the token is none'],
    ['Bearer', '', 'absent'],
    ['Bearers', 't', 'absent'],
  ])('is about what the scheme %s brings', async (scheme, token, outcome) => {
    const scene = bench();
    scene.answers.push(says({ active: true }));
    expect(await ask(scene, token, scheme)).toBe(outcome);
  });
});

describe('an answer', () => {
  it.each<[string, Partial<IntrospectionMethod>, object, string]>([
    ['not active', {}, { active: false, sub: 'ann' }, 'refused: the token is not active'],
    ['active', {}, { active: true, exp: NOW + 1 }, 'admitted'],
    ['expired', {}, { active: true, exp: NOW }, 'refused: the token has expired'],
    ['early', {}, { active: true, nbf: NOW + 1 }, 'refused: the token is not valid yet'],
    ['of this issuer', { issuer: 'a' }, { active: true, iss: 'a' }, 'admitted'],
    ['of another issuer', { issuer: 'a' }, { active: true, iss: 'b' }, "refused: the token's iss is not a"],
    ['of no issuer', { issuer: 'a' }, { active: true }, "refused: the token's iss is not a"],
    ['for us', { audiences: ['x', 'y'] }, { active: true, aud: ['z', 'y'] }, 'admitted'],
    ['for others', { audiences: ['x'] }, { active: true, aud: 'z' }, "refused: the token's aud has none of x"],
    ['for nobody', { audiences: ['undefined'] }, { active: true }, "refused: the token's aud has none of undefined"],
    ['with scopes', { scopes: ['r', 'w'] }, { active: true, scope: 'w r' }, 'admitted'],
    ['without scopes', { scopes: ['r', 'w'] }, { active: true, scope: 'r' }, "refused: the token's scope is without w"],
  ])('that a token is %s decides', async (_, parts, claims, outcome) => {
    const scene = bench(parts);
    scene.answers.push(says(claims));
    expect(await ask(scene)).toBe(outcome);
  });

  it('becomes the claims of the caller', async () => {
    const scene = bench();
    scene.answers.push(says({ active: true, sub: 'ann', realm: { roles: ['a'] } }));
    const exchange = createTestExchange({ request: { headers: HeaderList.of(['authorization', 'Bearer t']) } });
    expect(await scene.authenticator.authenticate(exchange)).toEqual({
      kind: 'admitted',
      identity: { method: 'staff', consumer: '', groups: [], claims: { active: true, sub: 'ann', realm: { roles: ['a'] } } },
      headers: [],
    });
    scene.authenticator.strip(exchange);
    expect(exchange.request.headers.count).toBe(0);
  });

  it.each<[string, Fault | Partial<ServiceAnswer>, string]>([
    ['that does not come', new Fault('upstream_timeout', 'late'), 'late'],
    ['that knows no client', { status: 401 }, 'it answers 401: it may not know the client, or another secret of it'],
    ['of another status', { status: 500 }, 'it answers 500 instead of 200'],
    ['that is no JSON', { body: Buffer.from('<html>') }, 'its answer is no JSON'],
    ['that is a list', says([true]), 'its answer is no JSON object'],
    ['that says nothing', says({}), 'its answer does not say whether the token is active'],
    ['that says it in text', says({ active: 'true' }), 'its answer does not say whether the token is active'],
    ['with a time in text', says({ active: true, exp: '9999999999' }), 'its answer has an exp that is no number'],
  ])('%s is none: nobody is admitted or refused by it, and it is not kept', async (_, answer, words) => {
    const scene = bench();
    scene.answers.push(answer, says({ active: true }));
    expect(await ask(scene)).toBe(`unavailable: the token's issuer cannot be asked: ${words}`);
    expect(await ask(scene)).toBe('admitted');
  });
});

describe('what was found out', () => {
  it('is used again for as long as it may be, and never past exp', async () => {
    const scene = bench();
    scene.answers.push(says({ active: true }), says({ active: true, exp: NOW + 70 }));
    await ask(scene);
    scene.clock.advance(59_999);
    await ask(scene);
    expect(scene.asked).toHaveLength(1);
    scene.clock.advance(1);
    await ask(scene);
    expect(scene.asked).toHaveLength(2);
    scene.clock.advance(9_999);
    await ask(scene);
    expect(scene.asked).toHaveLength(2);
    scene.clock.advance(1);
    expect(await ask(scene)).toBe('refused: the token has expired');
    expect(scene.asked).toHaveLength(3);
  });

  it('is used again only shortly where it is a refusal', async () => {
    const scene = bench();
    scene.answers.push(says({ active: false }), says({ active: true }));
    await ask(scene);
    scene.clock.advance(REFUSED_MS - 1);
    expect(await ask(scene)).toBe('refused: the token is not active');
    scene.clock.advance(1);
    expect(await ask(scene)).toBe('admitted');
  });

  it('is not used again where that is written', async () => {
    const scene = bench({ maxAgeMs: 0 });
    scene.answers.push(says({ active: true }));
    await ask(scene);
    await ask(scene);
    expect(scene.asked).toHaveLength(2);
  });

  it('is shared by those who come at the same time, and by nobody with another token', async () => {
    const scene = bench();
    scene.answers.push(says({ active: true }));
    expect(await Promise.all([ask(scene), ask(scene), ask(scene, 'other')])).toEqual(['admitted', 'admitted', 'admitted']);
    expect(scene.asked).toHaveLength(2);
  });

  it('of good tokens survives a flood of bad ones', async () => {
    const scene = bench();
    scene.answers.push(says({ active: true }), says({ active: false }));
    await ask(scene, 'good');
    for (let i = 0; i <= REFUSED_BOUNDS.maxEntries; i++) await ask(scene, `bad-${i}`);
    const askedCount = scene.asked.length;
    expect(await ask(scene, 'good')).toBe('admitted');
    expect(scene.asked).toHaveLength(askedCount);
    await ask(scene, 'bad-0');
    expect(scene.asked).toHaveLength(askedCount + 1);
  });
});

describe('a bounded cache', () => {
  it('drops what was not used for longest, by count and by size', () => {
    const cache = new BoundedCache<number>({ maxEntries: 2, maxBytes: 10 });
    const put = (key: string, byteCount: number): void => cache.set(key, { value: byteCount, byteCount, untilMs: 100 });
    put('a', 4);
    put('b', 4);
    cache.get('a', 0);
    put('c', 4);
    expect([cache.get('a', 0), cache.get('b', 0), cache.get('c', 0)]).toEqual([4, undefined, 4]);
    put('d', 8);
    expect([cache.get('a', 0), cache.get('c', 0), cache.get('d', 0)]).toEqual([undefined, undefined, 8]);
    put('e', 11);
    expect([cache.get('e', 0), cache.count]).toEqual([undefined, 1]);
    expect([cache.get('d', 100), cache.count]).toEqual([undefined, 0]);
  });
});
