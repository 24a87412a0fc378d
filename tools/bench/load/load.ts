// SPDX-License-Identifier: Apache-2.0

/** Where an entrant is reached, and what a load may need to know of it. */
export interface LoadTarget {
  /** For files of the load's own. */
  readonly directory: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly routeCount: number;
}

/** What one run of a load generator saw. */
export interface LoadResult {
  /** Or messages, or connections: what the scenario counts. */
  readonly requests: number;
  readonly durationUs: number;
  /** Connections that failed, answers other than 2xx and 3xx, and timeouts. */
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Loads one entrant for so many seconds, from the load core. */
export type RunLoad = (seconds: number) => Promise<LoadResult>;

export type CreateLoad = (target: LoadTarget) => RunLoad;
