// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { Counter } from './counter.ts';
import type { Registry } from './registry.ts';
import { statusOf } from './request-metrics.ts';

/** Rollouts come and go: beyond this many revisions of a backend the index of their series is made anew. */
const MAX_INDEXED_REVISIONS = 100;

type ByClass = (Counter | undefined)[];

/** Counts requests by the revision that they went to, of those that were divided between two. */
export function createRevisionMetrics(registry: Registry): (exchange: Exchange) => void {
  const byBackend = new Map<string, Map<string, ByClass>>();
  const find = (backend: string, revision: string): ByClass => {
    const revisions = byBackend.get(backend) ?? new Map<string, ByClass>();
    byBackend.set(backend, revisions);
    const known = revisions.get(revision);
    if (known !== undefined) return known;
    if (revisions.size >= MAX_INDEXED_REVISIONS) revisions.clear();
    const byClass: ByClass = [];
    revisions.set(revision, byClass);
    return byClass;
  };
  return exchange => {
    const { backend, revision } = exchange.served;
    if (revision === '') return;
    const byClass = find(backend, revision);
    const statusClass = Math.floor(statusOf(exchange) / 100);
    const counter =
      byClass[statusClass] ?? registry.counter('weir_revision_requests_total', [backend, revision, `${statusClass}xx`]);
    byClass[statusClass] = counter;
    counter.value += 1;
  };
}
