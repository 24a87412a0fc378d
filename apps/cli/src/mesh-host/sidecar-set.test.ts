// SPDX-License-Identifier: Apache-2.0
import type { RequestedSidecar } from '@weir/policy/compile';
import { describe, expect, it } from 'vitest';
import { SidecarSet } from './sidecar-set.ts';
import type { SetMember } from './sidecar-set.ts';

/** A sidecar whose one inbound port tells versions of it apart. */
function sidecar(key: string, port = 1): RequestedSidecar {
  const inbound = [{ listen: { address: '127.0.0.1', port }, application: { address: '127.0.0.1', port: 9 } }];
  return { key, identity: `shop/${key}`, inbound, outbound: [], proxy: undefined };
}

function byKey(...sidecars: readonly RequestedSidecar[]): ReadonlyMap<string, RequestedSidecar> {
  return new Map(sidecars.map(each => [each.key, each]));
}

/** A set whose sidecars write down what is done with them; those in `broken` do not start. */
function createLab({ canChange = true } = {}) {
  const log: string[] = [];
  const notes: string[] = [];
  const broken = new Set<string>();
  const create = (wanted: RequestedSidecar): SetMember => {
    let current = wanted;
    const note = (what: string): Promise<void> => {
      log.push(`${what} ${wanted.key}`);
      return broken.has(wanted.key) && what !== 'stop' ? Promise.reject(new Error('port taken')) : Promise.resolve();
    };
    return {
      isAsWanted: asked => asked === current,
      canBecome: () => canChange,
      start: () => note('start'),
      become: async asked => {
        await note('change');
        current = asked;
      },
      closeOldPorts: () => Promise.resolve(),
      stop: () => note('stop'),
      metrics: () => Promise.resolve([]),
      status: () => current.inbound[0]?.listen.port,
    };
  };
  return { log, notes, broken, set: new SidecarSet({ create, onNote: text => notes.push(text) }) };
}

describe('a set of sidecars', () => {
  it('starts what is asked for, and ends what is not only when callers know', async () => {
    const { log, set } = createLab();
    const cart = sidecar('cart');
    await set.grow(byKey(cart, sidecar('stock')));
    await set.grow(byKey(cart));
    expect(log).toEqual(['start cart', 'start stock']);
    await set.shrink(0);
    expect(log).toEqual(['start cart', 'start stock', 'stop stock']);
  });

  it('changes one that can become what is asked for', async () => {
    const { log, set } = createLab();
    await set.grow(byKey(sidecar('cart')));
    await set.grow(byKey(sidecar('cart', 2)));
    expect(log).toEqual(['start cart', 'change cart']);
    expect(set.status()).toEqual([{ slice: 'cart', sidecar: 2 }]);
  });

  it('replaces one that cannot: the old one first, as both may want the same ports', async () => {
    const { log, set } = createLab({ canChange: false });
    await set.grow(byKey(sidecar('cart')));
    await set.grow(byKey(sidecar('cart', 2)));
    expect(log).toEqual(['start cart', 'stop cart', 'start cart']);
  });

  it('tells once of one that does not start, tries again, and tells when it serves', async () => {
    const { broken, log, notes, set } = createLab();
    broken.add('cart');
    await set.grow(byKey(sidecar('cart'), sidecar('stock')));
    await set.retry();
    expect(notes).toEqual(['the sidecar of cart: port taken; tried again every two seconds']);
    expect(set.states.map(({ failure }) => failure?.message)).toEqual(['port taken', undefined]);
    broken.clear();
    await set.retry();
    expect(notes[1]).toBe('the sidecar of cart serves now');
    expect(set.hasFailures).toBe(false);
    expect(log.filter(line => line === 'start stock')).toHaveLength(1);
  });

  it('leaves one as it was that cannot change, and tries again', async () => {
    const { broken, notes, set } = createLab();
    await set.grow(byKey(sidecar('cart')));
    broken.add('cart');
    await set.grow(byKey(sidecar('cart', 2)));
    expect(set.status()).toEqual([{ slice: 'cart', failure: 'port taken', sidecar: 1 }]);
    broken.clear();
    await set.retry();
    expect(set.status()).toEqual([{ slice: 'cart', sidecar: 2 }]);
    expect(notes).toHaveLength(2);
  });

  it('ends all at the end, and forgets what failed', async () => {
    const { broken, log, set } = createLab();
    broken.add('cart');
    await set.grow(byKey(sidecar('cart'), sidecar('stock')));
    await set.close(0);
    expect(log.at(-1)).toBe('stop stock');
    expect(set.hasFailures).toBe(false);
    expect(set.states).toEqual([]);
  });
});
