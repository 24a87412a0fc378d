// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import { describe, expect, it } from 'vitest';
import { mergeReports } from './merge-reports.ts';

type ObjectReport = ApiResources['object'];
type Programmed = NonNullable<ObjectReport['programmed']>;

const programmed = (status: Programmed['status'], of: number, acked: number): Programmed => ({
  ...{ status, of, acked, gone: [], unheard: [] },
  waiting: acked < of ? [`waiting of ${of}`] : [],
});

const report = (fields: Partial<ObjectReport>): ObjectReport => ({
  ...{ key: 'HTTPRoute/shop/cart', kind: 'HTTPRoute', namespace: 'shop', name: 'cart', source: 'cluster', resourceCount: 1 },
  proxies: { needing: 1, having: 1, waiting: [], refusing: [] },
  ...fields,
});

describe('what several replicas say of an object', () => {
  it('is what one says where there is one, and nothing where there is none', () => {
    const only = report({ since: '2026-01-01T00:00:00.000Z' });
    expect(mergeReports([only])).toBe(only);
    expect(mergeReports([])).toBeUndefined();
  });

  it('is added up of proxies that are connected, and of all proxies as the replica says that knows least', () => {
    const refusing = [{ proxy: 'shop/cart/b', resource: 'route/x', reason: 'no', since: '2026-01-01T00:00:00.000Z' }];
    const merged = mergeReports([
      report({ since: '2026-01-02T00:00:00.000Z', programmed: programmed('true', 4, 4) }),
      report({
        since: '2026-01-01T00:00:00.000Z',
        proxies: { needing: 3, having: 1, waiting: ['shop/cart/a'], refusing },
        programmed: programmed('false', 4, 3),
      }),
    ]);
    expect(merged).toEqual(
      report({
        since: '2026-01-01T00:00:00.000Z',
        proxies: { needing: 4, having: 2, waiting: ['shop/cart/a'], refusing },
        programmed: programmed('false', 4, 3),
      }),
    );
  });

  it.each([
    [['true', 'noSubscribers'], 'true'],
    [['noSubscribers', 'noSubscribers'], 'noSubscribers'],
    [['noSubscribers', 'false'], 'false'],
  ] as const)('is programmed as %j come to', (statuses, expected) => {
    const merged = mergeReports(statuses.map(status => report({ programmed: programmed(status, 0, 0) })));
    expect(merged?.programmed?.status).toBe(expected);
  });

  it('cannot be read where one of them cannot', () => {
    expect(mergeReports([report({}), report({ unread: 'it cannot be read' })])).toMatchObject({ unread: 'it cannot be read' });
    expect(mergeReports([report({}), report({})])).not.toHaveProperty('unread');
  });

  it('has no condition where the kind has none', () => {
    expect(mergeReports([report({}), report({})])).not.toHaveProperty('programmed');
  });
});
