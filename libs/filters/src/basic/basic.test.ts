// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import type { Verdict } from '@weir/base';
import type { AccessPolicy } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { ask, exchangeOf, filterOf, GOLD_KEY, keyOf, keys, policyOf, put, storeOf } from '../access/access-lab.ts';
import type { AccessStore } from '../access/access-store.ts';

const EXPIRES_MS = 1000;
const SALT = 'AAAAAAAAAAAAAAAAAAAAAA';
/** As the lab derives it. */
const HASH = createHash('sha512').update('sesame').digest().subarray(0, 32).toString('base64').replaceAll('=', '');
const PASSWORD = { username: 'ann', hash: `$scrypt$ln=1,r=8,p=1$${SALT}$${HASH}`, expiresMs: EXPIRES_MS };

function store({ isForwarded = false, wallMs = 0 } = {}): AccessStore {
  const basic = { kind: 'basic', name: 'passwords', realm: 'shop', consumers: 'consumers/shop/', isForwarded } as const;
  const authentication: AccessPolicy['authentication'] = {
    admitsAnonymous: false,
    methods: [...keys().methods, basic],
  };
  const built = storeOf([policyOf('shop/p', { authentication })], { wallMs });
  const apiKeys = [keyOf(GOLD_KEY)];
  const consumer = { label: 'shop/ann', groups: ['gold'], apiKeys, passwords: [PASSWORD], certificates: [], tokens: [] };
  put(built, { kind: 'consumers', name: 'consumers/shop/', consumers: [consumer] });
  return built;
}

const asked = (credential: string, ...more: readonly (readonly [string, string])[]): ReturnType<typeof exchangeOf> =>
  exchangeOf({ headers: [['authorization', `Basic ${Buffer.from(credential).toString('base64')}`], ...more] });

async function outcome(built: AccessStore, exchange: ReturnType<typeof exchangeOf>): Promise<string> {
  try {
    const verdict: Verdict | undefined = await filterOf(built).onRequest?.(exchange);
    return verdict?.kind ?? 'nothing';
  } catch (reason) {
    return Object(reason) instanceof Error ? String(Reflect.get(Object(reason), 'code')) : 'no fault';
  }
}

describe('a name and password', () => {
  it('admit the Consumer, after a wait the first time and at once from then on', async () => {
    const built = store();
    const first = asked('ann:sesame');
    expect(await outcome(built, first)).toBe('continue');
    expect(first.identities).toMatchObject([{ method: 'passwords', consumer: 'shop/ann', groups: ['gold'] }]);
    expect(first.request.headers.has('authorization')).toBe(false);
    expect(ask(built, asked('ann:sesame'))).toBe('admitted');
  });

  it.each(['ann:wrong', 'bob:sesame', 'ann', ''])('that are %j admit nobody', async credential => {
    expect(await outcome(store(), asked(credential))).toBe('unauthenticated');
  });

  it('end with their time, also where they are remembered', async () => {
    expect(await outcome(store({ wallMs: EXPIRES_MS - 1 }), asked('ann:sesame'))).toBe('continue');
    expect(await outcome(store({ wallMs: EXPIRES_MS }), asked('ann:sesame'))).toBe('unauthenticated');
  });

  it('go on to the backend where that is said and they were looked at', async () => {
    const built = store({ isForwarded: true });
    const verified = asked('ann:sesame');
    expect(await outcome(built, verified)).toBe('continue');
    expect(verified.request.headers.has('authorization')).toBe(true);
    const unverified = asked('root:guess', ['x-api-key', GOLD_KEY]);
    expect(await outcome(built, unverified)).toBe('continue');
    expect(unverified.request.headers.has('authorization')).toBe(false);
  });
});
