// SPDX-License-Identifier: Apache-2.0
import type { AccessLog } from '../access-log/access-log.ts';
import type { Registry } from '../metrics/registry.ts';
import type { StoreRecord } from './store-record.ts';

/** What is told of the stores of shared rate limits. */
export interface StoreMetrics {
  /** A store was asked, or would have been; `store`: its URL. */
  storeAsked(store: string, result: 'answered' | 'unavailable'): void;
  /** Counts nothing: writes a line. */
  storeChanged(record: StoreRecord): void;
  /** A limit did without its store; `limit`: `namespace/policy#limit`. */
  wentWithoutStore(limit: string, onFailure: 'closed' | 'local' | 'open'): void;
}

export function createStoreMetrics(registry: Registry, accessLog: AccessLog | undefined): StoreMetrics {
  return {
    storeAsked(store, result) {
      registry.counter('weir_rate_limit_store_calls_total', [store, result]).add(1);
      registry.gauge('weir_rate_limit_store_up', [store]).set(result === 'answered' ? 1 : 0);
    },
    storeChanged(record) {
      accessLog?.writeStore(record);
    },
    wentWithoutStore(limit, onFailure) {
      registry.counter('weir_rate_limits_without_store_total', [limit, onFailure]).add(1);
    },
  };
}
