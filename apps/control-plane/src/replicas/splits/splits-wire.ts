// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { reportFromWire, reportToWire, SplitsResponseSchema } from '@weir/sync/messages';
import type { SplitsResponse } from '@weir/sync/messages';
import type { ToldSplits } from './told-splits.ts';

export function splitsToWire({ instance, reports, position, isPartial, proxies }: ToldSplits): SplitsResponse {
  return create(SplitsResponseSchema, {
    ...{ instance, position: BigInt(position), isPartial, proxies: [...proxies] },
    reports: reports.map(({ proxy, report }) => ({ proxy, report: reportToWire(report) })),
  });
}

/** Throws on reports that no proxy makes. */
export function splitsFromWire({ instance, reports, position, isPartial, proxies }: SplitsResponse): ToldSplits {
  return {
    ...{ instance, position: Number(position), isPartial, proxies },
    reports: reports.flatMap(({ proxy, report }) => (report === undefined ? [] : { proxy, report: reportFromWire(report) })),
  };
}
