// SPDX-License-Identifier: Apache-2.0
import type { RemoteJwtKeys } from '@weir/policy/snapshot';
import { createManualClock, createScriptedRandom, createTestSigner } from '@weir/testing';
import type { ManualClock, TestSigner } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { createKeySetCache } from './key-set-cache.ts';
import type { KeySetCache } from './key-set-cache.ts';
import type { KeySource } from './key-source.ts';
import { MAX_WAITING } from './remote-key-set.ts';
import type { KeySetReport } from './remote-key-set.ts';

const URL_A = 'https://issuer.example/jwks';
const REFRESH_MS = 300_000;
const first = createTestSigner('ES256', 'first');
const second = createTestSigner('ES256', 'second');

interface Fetch {
  readonly url: string;
  readonly signal: AbortSignal;
  answer(text: string): Promise<void>;
  fail(message: string): Promise<void>;
}

interface Stage {
  readonly clock: ManualClock;
  readonly fetches: Fetch[];
  readonly reports: KeySetReport[];
  readonly cache: KeySetCache;
  open(changes?: Partial<RemoteJwtKeys>): KeySource;
}

/** Lets everything that waits for settled promises go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function createStage({ chance = 0 } = {}): Stage {
  const clock = createManualClock();
  const fetches: Fetch[] = [];
  const reports: KeySetReport[] = [];
  const cache = createKeySetCache({
    clock,
    random: createScriptedRandom(chance),
    onFetch: report => void reports.push(report),
    fetchKeySet(url, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      fetches.push({
        url,
        signal,
        answer(text) {
          resolve(text);
          return settle();
        },
        fail(message) {
          reject(new Error(message));
          return settle();
        },
      });
      return promise;
    },
  });
  const keys = { kind: 'remote', url: URL_A, refreshMs: REFRESH_MS, allowsPlaintext: false } as const;
  return { clock, fetches, reports, cache, open: changes => cache.open({ ...keys, ...changes }) };
}

function jwksOf(...signers: readonly TestSigner[]): string {
  return JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });
}

function idsOf(source: KeySource): readonly unknown[] {
  return source.current?.keys.map(({ id }) => id) ?? [];
}

async function startWith(stage: Stage, ...signers: readonly TestSigner[]): Promise<KeySource> {
  const source = stage.open();
  const keys = source.first();
  await stage.fetches[0]!.answer(jwksOf(...signers));
  await keys;
  return source;
}

describe('keys are fetched', () => {
  it('when somebody asks, and once for all who do', async () => {
    const stage = createStage();
    const source = stage.open();
    const same = stage.open();
    expect([same === source, stage.fetches.length, stage.clock.pendingTimerCount()]).toEqual([true, 0, 0]);
    const asking = [source.first(), same.first()];
    await stage.fetches[0]!.answer(jwksOf(first));
    const [one, two] = await Promise.all(asking);
    expect(one).toBe(two);
    expect([idsOf(source), stage.fetches.length]).toEqual([['first'], 1]);
    await expect(source.first()).resolves.toBe(one);
  });

  it('for each URL by itself', () => {
    const stage = createStage();
    void stage.open().first();
    void stage.open({ url: 'https://other.example/jwks' }).first();
    expect(stage.fetches.map(({ url }) => url)).toEqual([URL_A, 'https://other.example/jwks']);
  });

  it('again in the background, as often as the most impatient asks, a little earlier by chance', async () => {
    const stage = createStage({ chance: 0.5 });
    stage.open({ refreshMs: 600_000 });
    const source = await startWith(stage, first);
    stage.clock.advance(269_999);
    expect(stage.fetches).toHaveLength(1);
    stage.clock.advance(1);
    expect(stage.fetches).toHaveLength(2);
    await stage.fetches[1]!.answer(jwksOf(first, second));
    expect(idsOf(source)).toEqual(['first', 'second']);
    stage.clock.advance(270_000);
    expect(stage.fetches).toHaveLength(3);
  });

  it.each([
    [0, 10_000],
    [1e12, 86_400_000],
  ])('where a refresh is asked for each %d ms, each %d ms', async (refreshMs, everyMs) => {
    const stage = createStage();
    const source = stage.open({ refreshMs });
    void source.first();
    await stage.fetches[0]!.answer(jwksOf(first));
    stage.clock.advance(everyMs - 1);
    expect(stage.fetches).toHaveLength(1);
    stage.clock.advance(1);
    expect(stage.fetches).toHaveLength(2);
  });

  it('and stay the same object where they are the same', async () => {
    const stage = createStage();
    const source = await startWith(stage, first);
    const before = source.current;
    stage.clock.advance(REFRESH_MS);
    await stage.fetches[1]!.answer(jwksOf(first));
    expect(source.current).toBe(before);
    expect(stage.reports.map(({ outcome }) => outcome)).toEqual(['changed', 'unchanged']);
  });
});

describe('when fetching fails', () => {
  it.each<[string, (fetch: Fetch) => Promise<void>, string]>([
    ['with an error', fetch => fetch.fail('connection refused'), 'connection refused'],
    ['with something else than keys', fetch => fetch.answer('<html>'), 'the key set is not JSON'],
    ['with no keys', fetch => fetch.answer('{"keys":[]}'), 'the key set has no key that can be used'],
  ])('%s, the last good keys stay, and it is tried again soon', async (_what, fail, detail) => {
    const stage = createStage();
    const source = await startWith(stage, first);
    stage.clock.advance(REFRESH_MS);
    await fail(stage.fetches[1]!);
    expect(idsOf(source)).toEqual(['first']);
    expect(stage.reports[1]).toEqual({ url: URL_A, outcome: 'failed', detail });
    stage.clock.advance(1000);
    await stage.fetches[2]!.answer(jwksOf(second));
    expect(idsOf(source)).toEqual(['second']);
  });

  it('and there never were any, all who waited are refused, and who comes then at once', async () => {
    const stage = createStage();
    const source = stage.open();
    const waiting = source.first();
    void stage.fetches[0]!.fail('connection refused');
    const refusal = {
      code: 'keys_unavailable',
      message: 'there are no keys of https://issuer.example/jwks: connection refused',
    };
    await expect(waiting).rejects.toMatchObject(refusal);
    await expect(source.first()).rejects.toMatchObject(refusal);
    expect(stage.fetches).toHaveLength(1);
  });

  it('it is tried after 1, 2, 4 and at last every 30 seconds, and success begins anew', async () => {
    const stage = createStage();
    const source = stage.open();
    source.first().catch(() => undefined);
    for (const [index, delayMs] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
      await stage.fetches[index]!.fail('down');
      stage.clock.advance(delayMs - 1);
      expect(stage.fetches).toHaveLength(index + 1);
      stage.clock.advance(1);
      expect(stage.fetches).toHaveLength(index + 2);
    }
    await stage.fetches[7]!.answer(jwksOf(first));
    stage.clock.advance(REFRESH_MS);
    await stage.fetches[8]!.fail('down');
    stage.clock.advance(1000);
    expect([stage.fetches.length, idsOf(source)]).toEqual([10, ['first']]);
  });

  it('it ends with its deadline, whatever becomes of it', async () => {
    const stage = createStage();
    const source = stage.open();
    const waiting = source.first();
    waiting.catch(() => undefined);
    stage.clock.advance(5000);
    expect(stage.fetches[0]!.signal.aborted).toBe(true);
    await expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('no complete answer within 5000 ms') });
    await stage.fetches[0]!.answer(jwksOf(first));
    expect(idsOf(source)).toEqual([]);
  });

  it('those who wait are bounded', async () => {
    const stage = createStage();
    const source = stage.open();
    const waiting = Array.from({ length: MAX_WAITING }, () => source.first());
    await expect(source.first()).rejects.toMatchObject({
      code: 'keys_unavailable',
      message: 'there are no keys of https://issuer.example/jwks: 1000 requests wait for them already',
    });
    await stage.fetches[0]!.answer(jwksOf(first));
    await expect(Promise.all(waiting)).resolves.toHaveLength(MAX_WAITING);
  });
});

describe('an unknown key', () => {
  it('is asked for, at most once in ten seconds, however many tokens name one', async () => {
    const stage = createStage();
    const source = await startWith(stage, first);
    expect(source.refresh()).toBeUndefined();
    stage.clock.advance(9999);
    expect(source.refresh()).toBeUndefined();
    stage.clock.advance(1);
    const asking = [source.refresh(), source.refresh()];
    expect(stage.fetches).toHaveLength(2);
    await stage.fetches[1]!.answer(jwksOf(first, second));
    expect((await asking[1])?.keys).toHaveLength(2);
    expect(source.refresh()).toBeUndefined();
    expect(stage.fetches).toHaveLength(2);
  });

  it('is looked for in the keys there are where no newer ones can be had', async () => {
    const stage = createStage();
    const source = await startWith(stage, first);
    stage.clock.advance(10_000);
    const asking = source.refresh();
    await stage.fetches[1]!.fail('down');
    await expect(asking).resolves.toBe(source.current);
  });

  it('is not waited for by more than are allowed', async () => {
    const stage = createStage();
    const source = await startWith(stage, first);
    stage.clock.advance(10_000);
    const waiting = Array.from({ length: MAX_WAITING }, () => source.refresh());
    expect(source.refresh()).toBeUndefined();
    await stage.fetches[1]!.answer(jwksOf(first));
    for (const keys of waiting) expect(await keys).toBe(source.current);
  });
});

describe('what a new configuration does not name', () => {
  it('is not refreshed any more, and still serves who has it', async () => {
    const stage = createStage();
    const source = await startWith(stage, first);
    stage.cache.retain([]);
    expect(stage.clock.pendingTimerCount()).toBe(0);
    expect(idsOf(source)).toEqual(['first']);
    expect(stage.open()).not.toBe(source);
  });

  it('sets no timer when a fetch that was under way ends', async () => {
    const stage = createStage();
    const waiting = stage.open().first();
    stage.cache.retain([]);
    await stage.fetches[0]!.answer(jwksOf(first));
    await waiting;
    expect(stage.clock.pendingTimerCount()).toBe(0);
  });

  it('goes alone, and the others take the pace of those who are left', async () => {
    const stage = createStage();
    stage.open({ refreshMs: 20_000 });
    const source = await startWith(stage, first);
    stage.cache.retain([{ kind: 'remote', url: URL_A, refreshMs: 60_000, allowsPlaintext: false }]);
    expect(stage.open()).toBe(source);
    stage.clock.advance(20_000);
    await stage.fetches[1]!.answer(jwksOf(first));
    stage.clock.advance(59_999);
    expect(stage.fetches).toHaveLength(2);
    stage.clock.advance(1);
    expect(stage.fetches).toHaveLength(3);
  });
});
