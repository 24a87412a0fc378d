// SPDX-License-Identifier: Apache-2.0
import { createManualClock, createSeededRandom } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { CART, NOW_MS, TRUST_DOMAIN, leafOf } from '../identity-lab.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { verifyPeer } from '../verify/verify-peer.ts';
import type { Authority } from './authority.ts';
import { openAuthority } from './open-authority.ts';

/** As a Secret of a cluster is: what was changed is stored at once, if it is still what was read. */
function createSharedSecrets(): SecretStore {
  let [texts, version] = [new Map<string, string>(), 0];
  const over = (draft: Map<string, string>): SecretStore => ({
    read: name => Promise.resolve(draft.get(name)),
    write: (name, text) => Promise.resolve(void draft.set(name, text)),
    remove: name => Promise.resolve(void draft.delete(name)),
    names: () => Promise.resolve([...draft.keys()]),
  });
  const transact = async <Value>(work: (draft: SecretStore) => Promise<Value>): Promise<Value> => {
    for (;;) {
      const [draft, at] = [new Map(texts), version];
      const value = await work(over(draft));
      if (at !== version) continue;
      [texts, version] = [draft, version + 1];
      return value;
    }
  };
  return {
    ...{ read: name => Promise.resolve(texts.get(name)), names: () => Promise.resolve([...texts.keys()]) },
    write: (name, text) => transact(draft => draft.write(name, text)),
    remove: name => transact(draft => draft.remove(name)),
    transact,
  };
}

let seed = 0;
const open = (secrets: SecretStore): Promise<Authority> =>
  openAuthority({
    secrets,
    clock: createManualClock(NOW_MS),
    random: createSeededRandom((seed += 1)),
    trustDomain: TRUST_DOMAIN,
  });

describe('an authority that several processes share', () => {
  it('is one, also where all of them find none at once', async () => {
    const secrets = createSharedSecrets();
    const all = await Promise.all(Array.from({ length: 4 }, () => open(secrets)));
    expect(new Set(all.map(one => one.bundle().version)).size).toBe(1);
    expect((await secrets.names()).filter(name => name.endsWith('.issuer.pem'))).toHaveLength(1);
    const [one, other] = [all[0]!, all[1]!];
    const found = verifyPeer((await leafOf(one, CART)).chain(), {
      ...{ bundle: other.bundle(), nowMs: NOW_MS, trustDomain: TRUST_DOMAIN },
    });
    expect(found.isTrusted).toBe(true);
  });

  it('is followed by the others while one rotates it, and nobody who starts meanwhile takes its new root away', async () => {
    const secrets = createSharedSecrets();
    const leader = await open(secrets);
    const other = await open(secrets);
    const [, late] = await Promise.all([leader.begin(), open(secrets)]);
    for (const one of [other, late]) await one.reload();
    expect(other.bundle()).toEqual(leader.bundle());
    expect(late.bundle()).toEqual(leader.bundle());
    for (const phase of ['Issuing', 'Retiring', 'Stable']) {
      expect(await leader.advance({ acked: leader.bundle().version })).toMatchObject({ phase });
      expect(await other.reload()).toMatchObject({ phase });
      expect(other.bundle()).toEqual(leader.bundle());
    }
    expect((await secrets.names()).filter(name => name.endsWith('.issuer.pem'))).toHaveLength(1);
  });

  it('stays as it was where what is stored is gone', async () => {
    const secrets = createSharedSecrets();
    const authority = await open(secrets);
    const before = authority.bundle();
    await secrets.remove('authority.json');
    await expect(authority.reload()).rejects.toMatchObject({
      code: 'damaged-storage',
      message: 'authority.json is not there any more',
    });
    expect(authority.bundle()).toBe(before);
  });
});
