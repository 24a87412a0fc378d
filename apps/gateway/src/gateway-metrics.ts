// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { createRegistry } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';

const MS_PER_SECOND = 1000;

/** What the main thread counts beside the workers. */
export interface GatewayMetrics {
  /** A set of documents was loaded; `isWhole` = nothing of it was refused. */
  reloaded(isWhole: boolean): void;
  dump(workers: { readonly liveCount: number; readonly restartCount: number }): MetricsDump;
}

export function createGatewayMetrics(clock: Clock): GatewayMetrics {
  const registry = createRegistry();
  const successes = registry.counter('weir_config_reloads_total', ['success']);
  const failures = registry.counter('weir_config_reloads_total', ['failure']);
  const lastSuccessful = registry.gauge('weir_config_last_reload_successful', []);
  const lastSuccess = registry.gauge('weir_config_last_success_timestamp_seconds', []);
  const live = registry.gauge('weir_workers', []);
  const restarts = registry.counter('weir_worker_restarts_total', []);
  let countedRestarts = 0;
  return {
    reloaded(isWhole) {
      (isWhole ? successes : failures).add(1);
      lastSuccessful.set(Number(isWhole));
      if (isWhole) lastSuccess.set(clock.wallMs() / MS_PER_SECOND);
    },
    dump({ liveCount, restartCount }) {
      live.set(liveCount);
      restarts.add(restartCount - countedRestarts);
      countedRestarts = restartCount;
      return registry.dump();
    },
  };
}
