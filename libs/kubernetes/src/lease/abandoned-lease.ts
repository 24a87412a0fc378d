// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterObject } from '../api/cluster-api.ts';

/** What is known of processes that hold leases, besides what they write. */
export interface LeaseWitness {
  /** Whether there is no such process any more: its Pod is not there. */
  isGone(holder: string, signal: AbortSignal): Promise<boolean>;
  /** What time it is by the API server's clock; undefined = it does not say. */
  wallMs(signal: AbortSignal): Promise<number | undefined>;
}

export interface LeaseHolder {
  readonly holder: string;
  /** So long after its last renewal it leads no more, wherever it is. */
  readonly renewDeadlineMs: number;
}

/** Times of the API server are exact to a second, and of two API servers one may be ahead. */
const MARGIN_MS = 3_000;
const METADATA = z.object({ managedFields: z.array(z.object({ time: z.string().optional() })).default([]) });

/**
 * Whether nobody leads by a lease, although it has not ended for who sees it for the first time. That the Pod is not there is not enough: one
 * that was removed by force, or with its node, may still run. But it has not led since its deadline: when it renewed the lease last, and what
 * time it is now, the API server says, so no clocks of others are compared.
 */
export async function isAbandoned(
  lease: ClusterObject,
  { holder, renewDeadlineMs }: LeaseHolder,
  { witness, signal }: { readonly witness: LeaseWitness; readonly signal: AbortSignal },
): Promise<boolean> {
  const writtenMs = lastWriteMs(lease);
  const nowMs = await witness.wallMs(signal);
  if (writtenMs === undefined || nowMs === undefined || nowMs - writtenMs < renewDeadlineMs + MARGIN_MS) return false;
  return witness.isGone(holder, signal);
}

/** As the API server notes it with each change (ManagedFieldsEntry); undefined = it does not say. */
function lastWriteMs({ metadata }: ClusterObject): number | undefined {
  const found = METADATA.safeParse(metadata);
  const times = found.success ? found.data.managedFields.map(({ time }) => Date.parse(time ?? '')) : [];
  const known = times.filter(time => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.max(...known);
}
