// SPDX-License-Identifier: Apache-2.0
import type { RemoteJwtKeys } from '@weir/policy/snapshot';
import type { KeySets } from './key-source.ts';
import { RemoteKeySet } from './remote-key-set.ts';
import type { KeySetPorts } from './remote-key-set.ts';

/** Key sets by URL, shared by all providers that name it; the one that wants the most frequent refreshes decides. */
export interface KeySetCache extends KeySets {
  /** Stops and forgets all that is not in `used`. To be called when a configuration has replaced another one. */
  retain(used: readonly RemoteJwtKeys[]): void;
}

/** Nothing is fetched before a request asks for it. */
export function createKeySetCache(ports: KeySetPorts): KeySetCache {
  const sets = new Map<string, RemoteKeySet>();
  return {
    open({ url, refreshMs }) {
      const set = sets.get(url) ?? new RemoteKeySet(url, ports);
      set.refreshEvery(Math.min(set.refreshMs, refreshMs));
      sets.set(url, set);
      return set;
    },
    retain(used) {
      for (const [url, set] of sets) {
        const refreshMs = Math.min(...used.filter(keys => keys.url === url).map(keys => keys.refreshMs));
        if (Number.isFinite(refreshMs)) set.refreshEvery(refreshMs);
        else forget(sets, url);
      }
    },
  };
}

function forget(sets: Map<string, RemoteKeySet>, url: string): void {
  sets.get(url)?.stop();
  sets.delete(url);
}
