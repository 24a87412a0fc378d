// SPDX-License-Identifier: Apache-2.0
import { inspect } from 'node:util';
import { createManualClock, createSeededRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { CART, CART_URI, DAY_MS, NOW_MS } from '../identity-lab.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { openJoinTokens } from './join-tokens.ts';
import type { JoinTokens } from './join-tokens.ts';

interface Lab {
  readonly clock: ManualClock;
  readonly secrets: SecretStore;
  readonly tokens: JoinTokens;
  reopen(): Promise<JoinTokens>;
}

async function createLab(): Promise<Lab> {
  const clock = createManualClock(NOW_MS);
  const secrets = createMemorySecrets();
  const random = createSeededRandom(3);
  const reopen = (): Promise<JoinTokens> => openJoinTokens({ secrets, clock, random });
  return { clock, secrets, tokens: await reopen(), reopen };
}

const REQUEST = { identity: CART, addresses: ['192.0.2.7', '2001:db8::7'], ttlMs: 60_000 };
const GRANTED = { isValid: true, identity: CART, addresses: REQUEST.addresses };
const USED = {
  isValid: false,
  code: 'used',
  reason: `the join token for ${CART_URI} was used on 2026-01-01T00:00:00.000Z, and is good once: issue another one; if that was not you, somebody else has joined as ${CART_URI}`,
};

describe('a join token', () => {
  it('is 256 bits of chance that scanners recognise', async () => {
    const { tokens } = await createLab();
    const issued = await Promise.all([tokens.issue(REQUEST), tokens.issue(REQUEST)]);
    for (const { token, expiresAtMs } of issued) {
      expect(token).toMatch(/^weirjoin_[\w\-]{43}$/v);
      expect(expiresAtMs).toBe(NOW_MS + 60_000);
    }
    expect(issued[0].token).not.toBe(issued[1].token);
  });

  it('says who its holder is and where it may serve', async () => {
    const { tokens } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    expect(await tokens.redeem(token)).toEqual(GRANTED);
  });

  it('is good once', async () => {
    const { tokens } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    await tokens.redeem(token);
    expect(await tokens.redeem(token)).toEqual(USED);
  });

  it('is got by one of those who use it at the same time', async () => {
    const { tokens } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    const found = await Promise.all(Array.from({ length: 5 }, () => tokens.redeem(token)));
    expect(found).toEqual([GRANTED, USED, USED, USED, USED]);
  });

  it('can be looked at without being used up', async () => {
    const { tokens } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    expect(await Promise.all([tokens.inspect(token), tokens.inspect(token), tokens.inspect('x')])).toMatchObject([
      GRANTED,
      GRANTED,
      { code: 'unknown' },
    ]);
    await tokens.redeem(token);
    expect(await tokens.inspect(token)).toEqual(USED);
  });

  it('stays used, and stays good, over a restart', async () => {
    const lab = await createLab();
    const [used, good] = [await lab.tokens.issue(REQUEST), await lab.tokens.issue(REQUEST)];
    await lab.tokens.redeem(used.token);
    const after = await lab.reopen();
    expect(await after.redeem(used.token)).toEqual(USED);
    expect(await after.redeem(good.token)).toEqual(GRANTED);
  });

  it('expires', async () => {
    const { tokens, clock } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    clock.advance(60_000);
    const reason = `the join token for ${CART_URI} expired on 2026-01-01T00:01:00.000Z: issue another one`;
    expect(await tokens.redeem(token)).toEqual({ isValid: false, code: 'expired', reason });
  });

  it.each(['', 'weirjoin_', `weirjoin_${'A'.repeat(43)}`, 'x'.repeat(100_000)])('is not known as %.20s', async text => {
    const { tokens } = await createLab();
    await tokens.issue(REQUEST);
    const reason = 'the join token is not known here: issue one on this control plane';
    expect(await tokens.redeem(text)).toEqual({ isValid: false, code: 'unknown', reason });
  });

  it('is told of a week after it has expired, and then not known any more', async () => {
    const { tokens, clock } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    await tokens.redeem(token);
    clock.advance(60_000 + 7 * DAY_MS - 1);
    await tokens.issue(REQUEST);
    expect(await tokens.redeem(token)).toMatchObject({ code: 'used' });
    clock.advance(1);
    await tokens.issue(REQUEST);
    expect(await tokens.redeem(token)).toMatchObject({ code: 'unknown' });
  });

  it('is not stored, and not shown by anything that is', async () => {
    const { tokens, secrets } = await createLab();
    const { token } = await tokens.issue(REQUEST);
    const texts = [
      await secrets.read('join-tokens.json'),
      inspect(tokens, { depth: 9, showHidden: true }),
      JSON.stringify(tokens),
    ];
    const secret = token.slice('weirjoin_'.length);
    expect(texts.some(text => text?.includes(secret))).toBe(false);
  });

  it('can be used again where its use could not be stored', async () => {
    const lab = await createLab();
    const { token } = await lab.tokens.issue(REQUEST);
    const { write } = lab.secrets;
    lab.secrets.write = () => Promise.reject(new Error('the disk is full'));
    await expect(lab.tokens.redeem(token)).rejects.toThrow('the disk is full');
    lab.secrets.write = write;
    expect(await lab.tokens.redeem(token)).toEqual(GRANTED);
  });
});

describe('a join token is not issued', () => {
  it.each([
    [{ ttlMs: 999 }, 'it is to be good for 999 ms'],
    [{ ttlMs: 7 * DAY_MS + 1 }, 'it is to be good for 604800001 ms'],
    [{ ttlMs: Number.NaN }, 'it is to be good for NaN ms'],
    [{ addresses: [] }, 'it is for 0 addresses'],
    [{ addresses: Array.from({ length: 65 }, () => '192.0.2.7') }, 'it is for 65 addresses'],
    [{ addresses: ['cart.shop'] }, '"cart.shop" is no IP address'],
    [{ addresses: ['192.0.2.0/24'] }, '"192.0.2.0/24" is no IP address'],
    [{ identity: { ...CART, name: 'Cart' } }, 'name "Cart" is no RFC 1123 name'],
  ])('for %j', async (change, reason) => {
    const { tokens } = await createLab();
    await expect(tokens.issue({ ...REQUEST, ...change })).rejects.toThrow(reason);
  });

  it('while ten thousand are remembered', async () => {
    const lab = await createLab();
    await lab.tokens.issue(REQUEST);
    const [grant]: unknown[] = JSON.parse((await lab.secrets.read('join-tokens.json')) ?? '');
    await lab.secrets.write('join-tokens.json', JSON.stringify(Array.from({ length: 10_000 }, () => grant)));
    const tokens = await lab.reopen();
    await expect(tokens.issue(REQUEST)).rejects.toThrow('there are 10000 tokens already');
  });
});

it.each([
  ['{', 'it is no JSON'],
  ['{}', 'it is no list'],
  ['[{}]', 'entry 1 is none'],
  [
    `[{"hash":"${'0'.repeat(64)}","identity":"cart","addresses":[],"issuedAtMs":0,"expiresAtMs":0,"usedAtMs":0}]`,
    'entry 1 is none',
  ],
])('a list that cannot be read is not begun anew, as used tokens would be forgotten: %s', async (json, reason) => {
  const lab = await createLab();
  await lab.secrets.write('join-tokens.json', json);
  await expect(lab.reopen()).rejects.toThrow(`the list of join tokens cannot be read: ${reason}`);
});

describe('join tokens in a store that several processes share', () => {
  /** What is written counts, as a Secret of a cluster: one step at a time. */
  function createShared(): SecretStore & { reads: number } {
    const secrets = createMemorySecrets();
    const shared = {
      ...secrets,
      reads: 0,
      read: (name: string): Promise<string | undefined> => {
        shared.reads += 1;
        return secrets.read(name);
      },
      transact: <Value>(work: (draft: SecretStore) => Promise<Value>): Promise<Value> => work(secrets),
    };
    return shared;
  }

  async function createReplicas(): Promise<{
    readonly clock: ManualClock;
    readonly secrets: ReturnType<typeof createShared>;
    readonly red: JoinTokens;
    readonly blue: JoinTokens;
  }> {
    const clock = createManualClock(NOW_MS);
    const secrets = createShared();
    const [red, blue] = await Promise.all(
      [1, 2].map(seed => openJoinTokens({ secrets, clock, random: createSeededRandom(seed) })),
    );
    return { clock, secrets, red: red!, blue: blue! };
  }

  it('are known to all of them, and good once for all', async () => {
    const { red, blue } = await createReplicas();
    const { token } = await red.issue(REQUEST);
    expect(await blue.inspect(token)).toEqual(GRANTED);
    expect(await blue.redeem(token)).toEqual(GRANTED);
    // It still believes that it may be used.
    expect(await red.inspect(token)).toEqual(GRANTED);
    expect(await red.redeem(token)).toEqual(USED);
  });

  it('are all kept whichever of them issues more', async () => {
    const { red, blue } = await createReplicas();
    const tokens = [await red.issue(REQUEST), await blue.issue(REQUEST), await red.issue(REQUEST)];
    for (const { token } of tokens) expect(await blue.redeem(token)).toEqual(GRANTED);
  });

  it('do not have the store asked about what somebody made up more than five times a second', async () => {
    const { clock, secrets, red, blue } = await createReplicas();
    const { token } = await red.issue(REQUEST);
    const made = token.replace(/.{8}$/v, 'AAAAAAAA');
    const before = secrets.reads;
    await blue.inspect(made);
    const asked = Array.from({ length: 100 }, () => blue.inspect(made));
    const late = await red.issue(REQUEST);
    const known = blue.inspect(late.token);
    clock.advance(200);
    expect((await Promise.all(asked)).every(({ isValid }) => !isValid)).toBe(true);
    expect(await known).toEqual(GRANTED);
    expect(secrets.reads - before).toBe(2);
  });

  it('leave room for the keys that are there as well', async () => {
    const { red } = await createReplicas();
    const addresses = Array.from(
      { length: 64 },
      (_, index) => `2001:db8:1234:5678:9abc:def0:1234:${(index + 4096).toString(16)}`,
    );
    const issueAll = async (): Promise<void> => {
      for (let count = 0; count < 1000; count++) await red.issue({ ...REQUEST, addresses });
    };
    await expect(issueAll()).rejects.toThrow(/tokens already/v);
  });
});
