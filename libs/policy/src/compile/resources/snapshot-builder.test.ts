// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { TrustBundle } from '../../snapshot/index.ts';
import { SnapshotBuilder } from './snapshot-builder.ts';

function bundle(name: string, authoritiesPem: string): TrustBundle {
  return { kind: 'trustBundle', name, authoritiesPem };
}

describe('a snapshot builder', () => {
  it('takes the last of several replacements before a commit', () => {
    const builder = new SnapshotBuilder();
    builder.replace('edge', [bundle('trust/a', '1'), bundle('trust/b', '1')]);
    builder.replace('edge', [bundle('trust/a', '2')]);
    const { transaction } = builder.commit();
    expect(transaction).toEqual({ version: 1, upserts: [bundle('trust/a', '2')], removes: [] });
  });

  it('does not send what came and went between two commits', () => {
    const builder = new SnapshotBuilder();
    builder.replace('edge', [bundle('trust/a', '1')]);
    const first = builder.commit();
    builder.replace('edge', []);
    builder.replace('edge', [bundle('trust/a', '1')]);
    const second = builder.commit();
    expect(second.transaction).toEqual({ version: 1, upserts: [], removes: [] });
    expect(second.snapshot).toBe(first.snapshot);
  });

  it('lets a resource change its owner', () => {
    const builder = new SnapshotBuilder();
    builder.replace('edge', [bundle('trust/a', '1')]);
    const { snapshot } = builder.commit();
    builder.replace('edge', []);
    builder.replace('side', [bundle('trust/a', '1')]);
    expect(builder.commit().snapshot).toBe(snapshot);
  });
});
