// SPDX-License-Identifier: Apache-2.0
import { inspect } from 'node:util';
import { createManualClock, createScriptedRandom, createSeededRandom, waitFor } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Authority } from '../authority/authority.ts';
import { openAuthority } from '../authority/open-authority.ts';
import { trustBundleData } from '../bundle/trust-bundle.ts';
import { CART, DAY_MS, NOW_MS, STOCK, TRUST_DOMAIN, secretsIn } from '../identity-lab.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { Certified, Certify } from './certify.ts';
import { LeafKeeper } from './leaf-keeper.ts';
import type { LeafKeeperOptions } from './leaf-keeper.ts';

interface Lab {
  readonly clock: ManualClock;
  readonly authority: Authority;
  /** What the control plane does; made anew by tests in which it fails. */
  certify: Certify;
  /** Times of day of each request. */
  readonly askedAtMs: number[];
  readonly failures: string[];
  /** Requests that were not answered yet. */
  openCount: number;
  keep(options?: Partial<LeafKeeperOptions>): Promise<LeafKeeper>;
}

const keepers: LeafKeeper[] = [];

afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
});

async function createLab(leafLifetimeMs = DAY_MS): Promise<Lab> {
  const clock = createManualClock(NOW_MS);
  const authority = await openAuthority({
    secrets: createMemorySecrets(),
    clock,
    random: createSeededRandom(1),
    trustDomain: TRUST_DOMAIN,
    leafLifetimeMs,
  });
  const lab: Lab = {
    clock,
    authority,
    certify: requestPem => certifyBy(authority, requestPem),
    askedAtMs: [],
    failures: [],
    openCount: 0,
    async keep(options) {
      const keeper = new LeafKeeper({
        trustDomain: TRUST_DOMAIN,
        clock,
        // In the middle of every spread.
        random: createScriptedRandom(0.5),
        onFailure: reason => lab.failures.push(reason),
        certify(requestPem, signal) {
          lab.askedAtMs.push(clock.wallMs() - NOW_MS);
          lab.openCount += 1;
          return lab.certify(requestPem, signal).finally(() => (lab.openCount -= 1));
        },
        ...options,
      });
      keepers.push(keeper);
      await keeper.start();
      return keeper;
    },
  };
  return lab;
}

async function certifyBy(authority: Authority, requestPem: string, id = CART): Promise<Certified> {
  const { chainPem } = await authority.sign(requestPem, id);
  return { chainPem, bundle: trustBundleData(authority.bundle()) };
}

const down: Certify = () => Promise.reject(new Error('the control plane is away'));

const withLeaf = (keeper: LeafKeeper): Promise<unknown> => waitFor(() => keeper.leaf(), { what: 'a leaf' });

const asked = (lab: Lab, count: number): Promise<unknown> =>
  waitFor(() => lab.askedAtMs.length >= count, { what: `request ${count}` });

/** Nothing is asked, and the next look at the time is set. */
const settled = (lab: Lab): Promise<unknown> =>
  waitFor(() => lab.openCount === 0 && lab.clock.pendingTimerCount() === 1, { what: 'the next timer' });

const MINUTE_MS = 60_000;

/** Time passes in steps in which requests can come back. */
async function pass(lab: Lab, byMs: number, stepMs = MINUTE_MS): Promise<void> {
  for (let leftMs = byMs; leftMs > 0; leftMs -= stepMs) {
    lab.clock.advance(Math.min(stepMs, leftMs));
    await settled(lab);
  }
}

const NO_LEAF = { state: 'none', isReady: false, notAfterMs: undefined, expiresInMs: undefined, failure: undefined };

describe('a leaf keeper', () => {
  it('asks at once, and has a leaf of its own with a key that nobody else knows', async () => {
    const lab = await createLab();
    const keeper = await lab.keep();
    expect(keeper.health()).toEqual(NO_LEAF);
    await withLeaf(keeper);
    expect(keeper.leaf()).toMatchObject({ id: CART, obtainedAtMs: NOW_MS });
    expect(keeper.bundle()?.version).toBe(lab.authority.bundle().version);
    expect(keeper.followedVersion()).toBe(lab.authority.bundle().version);
    expect(keeper.health()).toEqual({
      ...NO_LEAF,
      state: 'valid',
      isReady: true,
      notAfterMs: NOW_MS + DAY_MS,
      expiresInMs: DAY_MS,
    });
  });

  it.each([
    [0, 0.45],
    [0.5, 0.5],
    [0.999_999, 0.55],
  ])('renews at half of the life, a tenth earlier or later by chance (%d)', async (chance, share) => {
    const lab = await createLab();
    const keeper = await lab.keep({ random: createScriptedRandom(chance) });
    await withLeaf(keeper);
    await settled(lab);
    const dueMs = Math.round((share * DAY_MS) / MINUTE_MS) * MINUTE_MS;
    await pass(lab, dueMs - 2 * MINUTE_MS, 10 * MINUTE_MS);
    expect(lab.askedAtMs).toEqual([0]);
    const before = keeper.leaf();
    lab.clock.advance(4 * MINUTE_MS);
    await asked(lab, 2);
    await waitFor(() => keeper.leaf() !== before, { what: 'the new leaf' });
    expect(keeper.leaf()?.credential.exposeKeyPem()).not.toBe(before?.credential.exposeKeyPem());
  });

  it('renews by the time of day where the clock was set on while it slept', async () => {
    const lab = await createLab();
    let setOnMs = 0;
    const clock = { ...lab.clock, wallMs: () => lab.clock.wallMs() + setOnMs };
    const keeper = await lab.keep({ clock });
    await withLeaf(keeper);
    await settled(lab);
    setOnMs = 13 * 3_600_000;
    lab.clock.advance(MINUTE_MS);
    await asked(lab, 2);
  });

  it('tries again after 1, 2, 4 and at last every 60 seconds, and keeps the valid leaf meanwhile', async () => {
    const lab = await createLab();
    const keeper = await lab.keep();
    await withLeaf(keeper);
    const leaf = keeper.leaf();
    await settled(lab);
    lab.certify = down;
    await pass(lab, DAY_MS / 2, 10 * MINUTE_MS);
    await asked(lab, 2);
    await settled(lab);
    await pass(lab, 200_000, 1000);
    const [, first = 0, ...later] = lab.askedAtMs;
    expect(later.slice(0, 8).map(timeMs => (timeMs - first) / 1000)).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    expect(keeper.leaf()).toBe(leaf);
    expect(keeper.health()).toMatchObject({ state: 'valid', isReady: true, failure: 'the control plane is away' });
    lab.certify = requestPem => certifyBy(lab.authority, requestPem);
    await pass(lab, MINUTE_MS, 1000);
    await waitFor(() => keeper.leaf() !== leaf, { what: 'the new leaf' });
    expect(keeper.health()).toMatchObject({ failure: undefined });
  });

  it('warns when less than a third of the life is left, and is not ready once it is over; each is told once', async () => {
    const lab = await createLab(100_000);
    const told: (readonly [string, string | undefined])[] = [];
    const keeper = await lab.keep({ onHealth: ({ state, failure }) => told.push([state, failure]) });
    await withLeaf(keeper);
    lab.certify = down;
    await settled(lab);
    const states: [number, string, boolean][] = [];
    for (const atMs of [66_000, 67_000, 100_000, 100_001]) {
      await pass(lab, NOW_MS + atMs - lab.clock.wallMs(), 1000);
      const { state, isReady } = keeper.health();
      states.push([atMs, state, isReady]);
    }
    expect(states).toEqual([
      [66_000, 'valid', true],
      [67_000, 'expiring', true],
      [100_000, 'expiring', true],
      [100_001, 'expired', false],
    ]);
    expect(keeper.health().expiresInMs).toBe(-1);
    lab.certify = requestPem => certifyBy(lab.authority, requestPem);
    await pass(lab, 15_000, 1000);
    await waitFor(() => told.length === 3, { what: 'a new leaf' });
    const failure = 'the control plane is away';
    expect(told).toEqual([
      ['expiring', failure],
      ['expired', failure],
      ['valid', undefined],
    ]);
  });

  it('gives up on a control plane that does not answer, and asks again', async () => {
    const lab = await createLab();
    let signal: AbortSignal | undefined;
    lab.certify = (_requestPem, given) => {
      signal = given;
      return Promise.withResolvers<Certified>().promise;
    };
    await lab.keep();
    await asked(lab, 1);
    lab.clock.advance(10_000);
    await waitFor(() => lab.failures.length > 0, { what: 'a failure' });
    expect(lab.failures).toEqual(['no answer within 10000 ms']);
    expect(signal?.aborted).toBe(true);
  });

  it('ends what it asks when it is stopped, without a word', async () => {
    const lab = await createLab();
    let signal: AbortSignal | undefined;
    lab.certify = (_requestPem, given) => {
      signal = given;
      return Promise.withResolvers<Certified>().promise;
    };
    const keeper = await lab.keep();
    await asked(lab, 1);
    keeper.stop();
    await waitFor(() => lab.clock.pendingTimerCount() === 0, { what: 'no timer' });
    expect(signal?.aborted).toBe(true);
    expect(lab.failures).toEqual([]);
  });
});

describe('a leaf keeper does not take', () => {
  async function failureOf(lab: Lab, options?: Partial<LeafKeeperOptions>): Promise<string | undefined> {
    const keeper = await lab.keep(options);
    await waitFor(() => lab.failures.length > 0, { what: 'a failure' });
    expect(keeper.leaf()).toBeUndefined();
    return lab.failures[0];
  }

  it('the certificate of somebody else', async () => {
    const lab = await createLab();
    lab.certify = requestPem => certifyBy(lab.authority, requestPem, STOCK);
    expect(await failureOf(lab, { expected: CART })).toContain('our own certificate is refused: it is somebody else');
  });

  it('a certificate for another key', async () => {
    const lab = await createLab();
    let first: Promise<Certified> | undefined;
    lab.certify = requestPem => (first ??= certifyBy(lab.authority, requestPem));
    const keeper = await lab.keep();
    await withLeaf(keeper);
    keeper.renew();
    await waitFor(() => lab.failures.length > 0, { what: 'a failure' });
    expect(lab.failures[0]).toContain('the key does not belong to the first certificate of the chain');
  });

  it('one that the bundle does not vouch for', async () => {
    const [lab, other] = [await createLab(), await createLab()];
    await other.authority.begin();
    lab.certify = async requestPem => ({
      ...(await certifyBy(lab.authority, requestPem)),
      bundle: trustBundleData(await otherBundle()),
    });
    const otherBundle = async (): Promise<ReturnType<Authority['bundle']>> =>
      (
        await openAuthority({
          secrets: createMemorySecrets(),
          clock: lab.clock,
          random: createSeededRandom(9),
          trustDomain: TRUST_DOMAIN,
        })
      ).bundle();
    expect(await failureOf(lab)).toContain('its certificate comes from an authority that is not trusted here');
  });

  it('a bundle of another trust domain', async () => {
    const lab = await createLab();
    expect(await failureOf(lab, { trustDomain: 'other.example' })).toContain(
      'the bundle is of trust domain weir.local, and not of other.example',
    );
  });

  it('another identity than it had', async () => {
    const lab = await createLab();
    const keeper = await lab.keep();
    await withLeaf(keeper);
    lab.certify = requestPem => certifyBy(lab.authority, requestPem, STOCK);
    keeper.renew();
    await waitFor(() => lab.failures.length > 0, { what: 'a failure' });
    expect(keeper.leaf()).toMatchObject({ id: CART });
  });
});

describe('while the root changes, a leaf keeper', () => {
  it('renews within seconds of the bundle whose root no longer is its own, and can acknowledge it then', async () => {
    const lab = await createLab();
    const keeper = await lab.keep();
    await withLeaf(keeper);
    await lab.authority.begin();
    keeper.setBundle(trustBundleData(lab.authority.bundle()));
    expect(keeper.followedVersion()).toBe(lab.authority.bundle().version);
    await lab.authority.advance({ acked: lab.authority.bundle().version });
    keeper.setBundle(trustBundleData(lab.authority.bundle()));
    expect(keeper.followedVersion()).toBeUndefined();
    lab.clock.advance(10_000);
    await asked(lab, 2);
    await waitFor(() => keeper.followedVersion() === lab.authority.bundle().version, { what: 'a leaf of the new root' });
  });

  it('does not go back to an older bundle, whoever brings it', async () => {
    const lab = await createLab();
    const old = trustBundleData(lab.authority.bundle());
    const keeper = await lab.keep();
    await withLeaf(keeper);
    await lab.authority.begin();
    const newer = trustBundleData(lab.authority.bundle());
    keeper.setBundle(newer);
    keeper.setBundle(old);
    expect(keeper.bundle()?.sequence).toBe(newer.sequence);
    lab.certify = async requestPem => ({ ...(await certifyBy(lab.authority, requestPem)), bundle: old });
    const before = keeper.leaf();
    keeper.renew();
    await waitFor(() => keeper.leaf() !== before, { what: 'a new leaf' });
    expect(keeper.bundle()?.sequence).toBe(newer.sequence);
  });

  it('keeps the bundle that it has where a new one is of no use', async () => {
    const lab = await createLab();
    const keeper = await lab.keep();
    await withLeaf(keeper);
    const bundle = keeper.bundle();
    expect(() => keeper.setBundle({ ...trustBundleData(lab.authority.bundle()), sequence: 9, rootsPem: '' })).toThrow(
      'the trust bundle holds no certificate',
    );
    expect(keeper.bundle()).toBe(bundle);
  });
});

describe('with storage, a leaf keeper', () => {
  it('goes on with the leaf that it had, without asking', async () => {
    const lab = await createLab();
    const secrets = createMemorySecrets();
    const first = await lab.keep({ secrets });
    await withLeaf(first);
    await waitFor(() => secrets.read('leaf.json'), { what: 'the stored leaf' });
    first.stop();
    lab.certify = down;
    const second = await lab.keep({ secrets });
    expect(second.leaf()?.credential.chainPem).toBe(first.leaf()?.credential.chainPem);
    expect(second.leaf()?.credential.exposeKeyPem()).toBe(first.leaf()?.credential.exposeKeyPem());
    expect(second.bundle()?.version).toBe(first.bundle()?.version);
    expect(lab.askedAtMs).toHaveLength(1);
  });

  it('asks for another one when that has expired or cannot be read', async () => {
    const lab = await createLab();
    const secrets = createMemorySecrets();
    const first = await lab.keep({ secrets });
    await withLeaf(first);
    await waitFor(() => secrets.read('leaf.json'), { what: 'the stored leaf' });
    first.stop();
    lab.clock.advance(DAY_MS + 1000);
    const second = await lab.keep({ secrets });
    expect(second.health().state).toBe('none');
    expect(lab.failures[0]).toContain(
      'the stored leaf is of no use: our own certificate is refused: a certificate of its chain has expired',
    );
    second.stop();
    await secrets.write('leaf.json', '{"keyPem":"-----BEGIN PRIVATE KEY-----\nMIGHAgEA');
    const third = await lab.keep({ secrets });
    expect(lab.failures.at(-1)).toContain('the stored leaf (leaf.json) cannot be read');
    expect(lab.failures.join('')).not.toContain('MIGHAgEA');
    await withLeaf(third);
  });

  it('goes on without storage where that fails, and says so', async () => {
    const lab = await createLab();
    const secrets = { ...createMemorySecrets(), write: () => Promise.reject(new Error('the disk is full')) };
    const keeper = await lab.keep({ secrets });
    await waitFor(() => lab.failures.length > 0, { what: 'a failure' });
    expect(lab.failures).toEqual(['the leaf is not stored: the disk is full']);
    expect(keeper.health().isReady).toBe(true);
  });
});

it('a leaf keeper and its leaf show no key, whatever is done to them', async () => {
  const lab = await createLab();
  const keeper = await lab.keep();
  await withLeaf(keeper);
  const leaf = keeper.leaf()!;
  const secrets = secretsIn(leaf.credential.exposeKeyPem());
  expect(secrets.length).toBeGreaterThan(2);
  const shown = [keeper, leaf, leaf.credential, keeper.health(), keeper.bundle()].flatMap(value => [
    inspect(value, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify(value),
  ]);
  shown.push(JSON.stringify(structuredClone(leaf.credential)));
  for (const secret of secrets) expect(shown.some(text => text.includes(secret))).toBe(false);
});
