// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';

/** What may be in flight at once, of one key. */
export interface PlaceLimitSpec {
  readonly requests: number;
  /** Undefined = nobody waits. */
  readonly queue: { readonly size: number; readonly timeoutMs: number } | undefined;
}

/** A limit that is ready to be asked. */
export interface PlaceLimit {
  readonly requests: number;
  /** Over all workers; 0 = nobody waits. */
  readonly queueSize: number;
  readonly queueTimeoutMs: number;
  readonly seedLow: number;
  readonly seedHigh: number;
}

/**
 * Prepares a limit. `id` names it for as long as it lives: with the same one, what is in flight goes on being counted when a
 * configuration changes, also when its numbers do.
 */
export function compilePlaceLimit(id: string, { requests, queue }: PlaceLimitSpec): PlaceLimit {
  if (!Number.isInteger(requests) || requests < 1) {
    throw new RangeError(`${id}: requests is ${requests}; it must be a whole number above 0`);
  }
  const digest = createHash('sha256').update(id).digest();
  return {
    requests,
    queueSize: queue?.size ?? 0,
    queueTimeoutMs: queue?.timeoutMs ?? 0,
    seedLow: digest.readInt32LE(0),
    seedHigh: digest.readInt32LE(4),
  };
}
