// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import type { ManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { CART, DAY_MS, NOW_MS, TRUST_DOMAIN, leafOf, makeCertificate, makeTestRoot } from '../identity-lab.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { verifyPeer } from '../verify/verify-peer.ts';
import type { Authority } from './authority.ts';
import type { Phase } from './authority-state.ts';
import { openAuthority } from './open-authority.ts';

interface Lab {
  readonly clock: ManualClock;
  readonly secrets: SecretStore;
  open(): Promise<Authority>;
}

function createLab(secrets = createMemorySecrets(), seed = 11): Lab {
  const clock = createManualClock(NOW_MS);
  const random = createSeededRandom(seed);
  return { clock, secrets, open: () => openAuthority({ secrets, clock, random, trustDomain: TRUST_DOMAIN }) };
}

/** All peers have followed. */
const advance = (authority: Authority): ReturnType<Authority['advance']> =>
  authority.advance({ acked: authority.bundle().version });

const rootsOf = (authority: Authority): readonly string[] => authority.bundle().roots.map(({ fingerprint256 }) => fingerprint256);

async function rootOfLeaf(authority: Authority): Promise<string | undefined> {
  const found = verifyPeer((await leafOf(authority, CART)).chain(), {
    bundle: authority.bundle(),
    nowMs: NOW_MS,
    trustDomain: TRUST_DOMAIN,
  });
  return found.isTrusted ? found.root : undefined;
}

describe('a rotation', () => {
  it('goes from one root to the next in three steps, each with a bundle of its own', async () => {
    const authority = await createLab().open();
    const [old = ''] = rootsOf(authority);
    const sequences = [authority.bundle().sequence];

    expect(await authority.begin()).toMatchObject({ phase: 'Introducing' });
    const next = rootsOf(authority).find(root => root !== old)!;
    expect(new Set(rootsOf(authority))).toEqual(new Set([old, next]));
    expect([authority.bundle().issuingRoot, await rootOfLeaf(authority)]).toEqual([old, old]);
    sequences.push(authority.bundle().sequence);

    expect(await advance(authority)).toMatchObject({ phase: 'Issuing', oldLeavesExpireAtMs: NOW_MS + DAY_MS });
    expect(new Set(rootsOf(authority))).toEqual(new Set([old, next]));
    expect([authority.bundle().issuingRoot, await rootOfLeaf(authority)]).toEqual([next, next]);
    sequences.push(authority.bundle().sequence);

    expect(await advance(authority)).toMatchObject({ phase: 'Retiring', oldLeavesExpireAtMs: undefined });
    expect([...rootsOf(authority), await rootOfLeaf(authority)]).toEqual([next, next]);
    sequences.push(authority.bundle().sequence);

    expect(await advance(authority)).toMatchObject({ phase: 'Stable' });
    expect([...rootsOf(authority), await rootOfLeaf(authority)]).toEqual([next, next]);
    expect([...sequences, authority.bundle().sequence]).toEqual([1, 2, 3, 4, 4]);
  });

  it('does not go on before all have acknowledged the present bundle', async () => {
    const authority = await createLab().open();
    const before = authority.bundle().version;
    await authority.begin();
    for (const acked of [undefined, before, 'else']) {
      expect(await authority.advance({ acked })).toMatchObject({ phase: 'Introducing' });
    }
  });

  it('makes one step however often it is told of the same acknowledgement', async () => {
    const authority = await createLab().open();
    await authority.begin();
    const acked = authority.bundle().version;
    await Promise.all([authority.advance({ acked }), authority.advance({ acked }), authority.advance({ acked })]);
    expect(authority.status().phase).toBe('Issuing');
  });

  it('changes nothing where none is under way', async () => {
    const authority = await createLab().open();
    const before = authority.status();
    expect(await advance(authority)).toEqual(before);
    expect(await authority.abort()).toEqual(before);
  });

  it('is begun once, however often it is asked for', async () => {
    const authority = await createLab().open();
    await Promise.all([authority.begin(), authority.begin()]);
    expect(rootsOf(authority)).toHaveLength(2);
    expect(authority.bundle().sequence).toBe(2);
  });

  it('goes on without those who never followed, once all old leaves have expired', async () => {
    const lab = createLab();
    const authority = await lab.open();
    await authority.begin();
    await advance(authority);
    lab.clock.advance(DAY_MS);
    expect(await authority.advance({ acked: undefined })).toMatchObject({ phase: 'Issuing' });
    lab.clock.advance(1);
    expect(await authority.advance({ acked: undefined })).toMatchObject({ phase: 'Retiring' });
  });

  it('waits for leaves that were signed when they still lived longer', async () => {
    const lab = createLab();
    const options = { secrets: lab.secrets, clock: lab.clock, random: createSeededRandom(5), trustDomain: TRUST_DOMAIN };
    await openAuthority({ ...options, leafLifetimeMs: 3 * DAY_MS });
    const authority = await openAuthority({ ...options, leafLifetimeMs: DAY_MS });
    await authority.begin();
    expect(await advance(authority)).toMatchObject({ oldLeavesExpireAtMs: NOW_MS + 3 * DAY_MS });
  });

  it('is given up as long as nothing was signed by the new root', async () => {
    const lab = createLab();
    const authority = await lab.open();
    const before = rootsOf(authority);
    await authority.begin();
    expect(await authority.abort()).toMatchObject({ phase: 'Stable' });
    expect(rootsOf(authority)).toEqual(before);
    expect(authority.bundle().sequence).toBe(3);
    expect((await lab.secrets.names()).length).toBe(3);
    await authority.begin();
    await advance(authority);
    await expect(authority.abort()).rejects.toThrow('the rotation is Issuing: peers have leaves of the new root already');
  });

  it('leads to a given authority, and to no other meanwhile', async () => {
    const authority = await createLab().open();
    const [root, other] = [await makeTestRoot(), await makeTestRoot()];
    const issuer = await makeCertificate({ name: 'issuer', authority: {} }, root);
    const given = { chainPem: issuer.certificatePem + root.certificatePem, keyPem: issuer.keyPem };
    await authority.begin(given);
    expect(await authority.begin(given)).toMatchObject({ phase: 'Introducing' });
    await expect(authority.begin({ chainPem: other.certificatePem, keyPem: other.keyPem })).rejects.toThrow('is Introducing');
    await advance(authority);
    expect(await rootOfLeaf(authority)).toBe(root.certificate.fingerprint256);
    await advance(authority);
    await advance(authority);
    await expect(authority.begin(given)).rejects.toThrow('is the present one already');
  });

  it('leaves no key of the old root behind', async () => {
    const lab = createLab();
    const authority = await lab.open();
    const before = (await lab.secrets.names()).filter(name => name.endsWith('.pem'));
    await authority.begin();
    await advance(authority);
    await advance(authority);
    const after = await lab.secrets.names();
    expect(before.filter(name => after.includes(name))).toEqual([]);
    expect(after).toHaveLength(3);
  });
});

describe('a rotation that is interrupted', () => {
  it.each<[Phase, number]>([
    ['Introducing', 0],
    ['Issuing', 1],
    ['Retiring', 2],
    ['Stable', 3],
  ])('goes on where it was: %s', async (phase, steps) => {
    const lab = createLab();
    const before = await lab.open();
    await before.begin();
    for (let i = 0; i < steps; i++) await advance(before);
    const after = await lab.open();
    expect(after.status()).toEqual(before.status());
    expect(after.status().phase).toBe(phase);
    expect(after.bundle()).toEqual(before.bundle());
  });

  it('is where it was before or where it was to be, whichever write the crash came before', async () => {
    for (let writes = 0; writes < 12; writes++) {
      const disk = createMemorySecrets();
      const crashing = failAfter(disk, writes);
      const first = await createLab(disk).open();
      const authority = await createLab(crashing, 12).open();
      const steps = [
        authority.begin.bind(authority, undefined),
        advance.bind(undefined, authority),
        advance.bind(undefined, authority),
      ];
      for (const step of steps) await step().catch(() => undefined);
      const after = await createLab(disk).open();
      expect(after.bundle().roots.some(({ fingerprint256 }) => authority.bundle().issuingRoot === fingerprint256)).toBe(true);
      expect(after.bundle().sequence).toBeGreaterThanOrEqual(first.bundle().sequence);
      expect(await rootOfLeaf(after)).toBe(after.bundle().issuingRoot);
    }
  });
});

/** A disk that is gone after this many changes. */
function failAfter(disk: SecretStore, changes: number): SecretStore {
  let left = changes;
  const spend = (): void => {
    left -= 1;
    if (left < 0) throw new Error('the disk is gone');
  };
  return {
    ...disk,
    async write(name, text) {
      spend();
      await disk.write(name, text);
    },
    async remove(name) {
      spend();
      await disk.remove(name);
    },
  };
}
