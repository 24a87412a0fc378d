// SPDX-License-Identifier: Apache-2.0
import { create } from '@bufbuild/protobuf';
import { RevisionSchema } from './generated/weir/sync/v1/sync_pb.ts';
import type { Revision as RevisionMessage } from './generated/weir/sync/v1/sync_pb.ts';
import type { Revision } from './revision.ts';

export function revisionToWire({ epoch, positions }: Revision): RevisionMessage {
  const entries = Object.entries(positions).map(([source, position]): [string, bigint] => [source, BigInt(position)]);
  return create(RevisionSchema, { epoch: BigInt(epoch), positions: Object.fromEntries<bigint>(entries) });
}

/** Absent = before everything. Throws where a number is beyond what can be compared exactly. */
export function revisionFromWire(message: RevisionMessage | undefined): Revision {
  const entries = Object.entries(message?.positions ?? {}).map(([source, position]): [string, number] => [
    source,
    exactNumber(position),
  ]);
  return { epoch: exactNumber(message?.epoch ?? 0n), positions: Object.fromEntries<number>(entries) };
}

function exactNumber(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER) throw new RangeError(`${value} is beyond what a position can be`);
  return Number(value);
}
