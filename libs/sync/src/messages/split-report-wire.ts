// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import type { RevisionCounts, SplitReport, SplitState } from '@weir/policy/snapshot';
import { SplitReportSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type {
  RevisionCounts as RevisionCountsWire,
  SplitReport as SplitReportWire,
  SplitState as SplitStateWire,
} from './generated/weir/sync/v1/sync_pb.ts';

/** Each route of each of a gateway's splits, twice. */
const MAX_COUNTS = 20_000;
const MAX_STATES = 2000;
const MAX_TEXT = 1000;
const STATUS_CLASSES = 5;
/** Of one count: more than twice as many as there are, as a proxy of another version may know more. */
const MAX_BUCKETS = 1000;
/** Of all counts: 25 of each, where there are as many as there may be. */
const MAX_ALL_BUCKETS = 500_000;

export function reportToWire({ counts, states }: SplitReport): SplitReportWire {
  return create(SplitReportSchema, {
    counts: counts.map(({ statuses, latencies, ...rest }) => ({
      ...rest,
      statuses: [...statuses],
      latencyBuckets: latencies.map(([bucket]) => bucket),
      latencyCounts: latencies.map(([, count]) => count),
    })),
    states: states.map(({ blown, ...rest }) => (blown === undefined ? rest : { ...rest, blown })),
  });
}

/** Throws on what is none, or more than any proxy has to tell. */
export function reportFromWire({ counts, states }: SplitReportWire): SplitReport {
  if (counts.length > MAX_COUNTS) throw new Error(`${counts.length} counts in a report are more than ${MAX_COUNTS}`);
  if (states.length > MAX_STATES) throw new Error(`${states.length} states in a report are more than ${MAX_STATES}`);
  const buckets = counts.reduce((sum, { latencyBuckets }) => sum + latencyBuckets.length, 0);
  if (buckets > MAX_ALL_BUCKETS) throw new Error(`${buckets} buckets of latency in a report are more than ${MAX_ALL_BUCKETS}`);
  return { counts: counts.map(countsFrom), states: states.map(stateFrom) };
}

function countsFrom({ latencyBuckets, latencyCounts, statuses, ...rest }: RevisionCountsWire): RevisionCounts {
  if (statuses.length !== STATUS_CLASSES) throw new Error(`a report has ${statuses.length} classes of statuses`);
  if (latencyBuckets.length !== latencyCounts.length) throw new Error('a report has buckets of latency without counts');
  if (latencyBuckets.length > MAX_BUCKETS) {
    throw new Error(`${latencyBuckets.length} buckets of latency are more than ${MAX_BUCKETS}`);
  }
  const { succeeded, failed } = rest;
  return {
    ...{ rollout: bounded(rest.rollout), step: bounded(rest.step), backend: bounded(rest.backend) },
    ...{ route: bounded(rest.route), revision: bounded(rest.revision), succeeded, failed, statuses },
    latencies: latencyBuckets.map((bucket, index) => [bucket, latencyCounts[index] ?? 0] as const),
  };
}

function stateFrom({ rollout, step, backend, stableInFlight, candidateInFlight, blown }: SplitStateWire): SplitState {
  const names = { rollout: bounded(rollout), step: bounded(step), backend: bounded(backend) };
  // A terminal would obey control characters.
  return { ...names, stableInFlight, candidateInFlight, blown: blown?.slice(0, MAX_TEXT).replaceAll(/\p{C}/gv, ' ') };
}

function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new Error(`a name in a report is longer than ${MAX_TEXT} characters`);
  return text;
}
