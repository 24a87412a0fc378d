// SPDX-License-Identifier: Apache-2.0
import type { Comparison, LatencyOutliers, SuccessRateOutliers } from '@weir/policy/snapshot';
import type { AnswerCounts } from './endpoint-cell.ts';

/** What an endpoint did in an interval. */
export interface Sample {
  readonly endpoint: string;
  readonly counts: AnswerCounts;
}

/** Whose success is above this is never ejected for it, however well the others do: among equals chance would make outliers. */
const GOOD_RATE = 0.95;

/** What came between two looks at counts that wrap. */
export function countsSince(before: AnswerCounts, now: AnswerCounts): AnswerCounts {
  return {
    answers: (now.answers - before.answers) >>> 0,
    failures: (now.failures - before.failures) >>> 0,
    heads: (now.heads - before.heads) >>> 0,
    headTenths: (now.headTenths - before.headTenths) >>> 0,
  };
}

/** Endpoints whose success rate is more than so many standard deviations below the mean (as Envoy's), the worst first. */
export function successRateOutliers(samples: readonly Sample[], settings: SuccessRateOutliers): readonly string[] {
  const rates = rated(samples, settings, ({ answers, failures }) => ({ count: answers, value: 1 - failures / answers }));
  if (rates.length === 0) return [];
  const mean = meanOf(rates.map(({ value }) => value));
  const deviation = Math.sqrt(meanOf(rates.map(({ value }) => (value - mean) ** 2)));
  const threshold = Math.min(mean - settings.standardDeviations * deviation, GOOD_RATE);
  return rates
    .filter(({ value }) => value < threshold)
    .toSorted((left, right) => left.value - right.value)
    .map(({ endpoint }) => endpoint);
}

/** Endpoints whose mean time to an answer is above so many times the median, and above the threshold, the slowest first. */
export function latencyOutliers(samples: readonly Sample[], settings: LatencyOutliers): readonly string[] {
  const means = rated(samples, settings, ({ heads, headTenths }) => ({ count: heads, value: headTenths / 10 / heads }));
  const sorted = means.toSorted((left, right) => right.value - left.value);
  const median = sorted[Math.floor(sorted.length / 2)]?.value ?? 0;
  const limit = Math.max(median * settings.factor, settings.thresholdMs);
  return sorted.filter(({ value }) => value > limit).map(({ endpoint }) => endpoint);
}

interface Rated {
  readonly endpoint: string;
  readonly value: number;
}

/** Of the endpoints with enough requests; none where these are too few to compare. */
function rated(
  samples: readonly Sample[],
  { minimumRequests, minimumEndpoints }: Comparison,
  rate: (counts: AnswerCounts) => { readonly count: number; readonly value: number },
): readonly Rated[] {
  const found = samples.flatMap(({ endpoint, counts }) => {
    const { count, value } = rate(counts);
    return count >= minimumRequests ? [{ endpoint, value }] : [];
  });
  return found.length >= minimumEndpoints ? found : [];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
