// SPDX-License-Identifier: Apache-2.0
import type { Resource, Transaction } from '@weir/policy/snapshot';
import type { Rejection } from '@weir/proxy';
import { describe, expect, it } from 'vitest';
import { GatewayFeed } from './gateway-feed.ts';

function trust(name: string, authoritiesPem = ''): Resource {
  return { kind: 'trustBundle', name, authoritiesPem };
}

/** A feed whose workers refuse these names, and still name what they have refused before. */
function start(refused: readonly string[] = []): { readonly feed: GatewayFeed; readonly pushed: Transaction[] } {
  const pushed: Transaction[] = [];
  const known = new Map<string, string>([['trust/earlier', 'of before']]);
  const push = (transaction: Transaction): Promise<readonly Rejection[]> => {
    pushed.push(transaction);
    for (const name of [...transaction.upserts.map(one => one.name), ...transaction.removes]) known.delete(name);
    if (transaction.isWhole === true) {
      for (const { name } of transaction.upserts) if (refused.includes(name)) known.set(name, 'no');
    }
    return Promise.resolve([...known].map(([resource, reason]) => ({ resource, reason })));
  };
  return { feed: new GatewayFeed({ push }), pushed };
}

describe('what a gateway gives its workers', () => {
  it('is what the control plane sends, whole, in versions of its own', async () => {
    const { feed, pushed } = start();
    expect(await feed.take({ upserts: [trust('trust/a'), trust('trust/b')], removes: [] })).toEqual([]);
    expect(await feed.take({ upserts: [], removes: ['trust/a'] })).toEqual([]);
    await feed.give([trust('trust/@mesh')]);
    expect(pushed.map(({ version, isWhole }) => [version, isWhole])).toEqual([
      [1, true],
      [2, true],
      [3, undefined],
    ]);
    expect([...feed.snapshot.resources.keys()]).toEqual(['trust/b']);
  });

  it('is what it was, where a worker refuses something of it', async () => {
    const { feed, pushed } = start(['trust/bad']);
    await feed.take({ upserts: [trust('trust/a', 'old'), trust('trust/b')], removes: [] });
    const refusals = await feed.take({ upserts: [trust('trust/a', 'new'), trust('trust/bad')], removes: ['trust/b'] });
    expect(refusals).toEqual([{ resource: 'trust/bad', reason: 'no' }]);
    expect(feed.rejections).toEqual(refusals);
    // A worker that starts from now on is given this, and not what was refused.
    expect(pushed[2]).toEqual({ version: 3, upserts: [trust('trust/a', 'old'), trust('trust/b')], removes: ['trust/bad'] });
    expect([...feed.snapshot.resources.values()]).toEqual([trust('trust/a', 'old'), trust('trust/b')]);
  });

  it('forgets a refusal when its resource is replaced or goes', async () => {
    const { feed } = start(['trust/bad']);
    await feed.take({ upserts: [trust('trust/bad')], removes: [] });
    await feed.take({ upserts: [], removes: ['trust/bad'] });
    expect(feed.rejections).toEqual([]);
  });
});
