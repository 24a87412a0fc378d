// SPDX-License-Identifier: Apache-2.0

/** Requests in flight per endpoint, over all workers of the process. Each `begin` is followed by exactly one `end`. */
export interface EndpointLoads {
  begin(slot: number): void;
  end(slot: number): void;
  /** Never negative. May lag behind other workers by the time that a cache line travels. */
  inFlight(slot: number): number;
}
