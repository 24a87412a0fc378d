// SPDX-License-Identifier: Apache-2.0

/** What a simulated proxy connects with. */
export interface LeafFiles {
  /** Number of the proxy in the plan. */
  readonly proxy: number;
  readonly chainPem: string;
  readonly keyPem: string;
}

/** What the run tells a process of proxies. */
export type FleetCommand =
  /** Connect these. */
  | { readonly kind: 'connect'; readonly port: number; readonly rootsPem: string; readonly leaves: readonly LeafFiles[] }
  /** Look out for the resource that has this text in it; `count` of the proxies are to get it. */
  | { readonly kind: 'watch'; readonly marker: string; readonly count: number }
  /** The control plane will go: say when each has lost its stream and is current again. */
  | { readonly kind: 'expectLoss' };

/** What it tells the run. Times are of the monotonic clock that all processes of a machine share, in milliseconds. */
export type FleetReport =
  | { readonly kind: 'connected' }
  | { readonly kind: 'watching' }
  /** When each proxy had decoded, validated and acknowledged what was watched for. */
  | { readonly kind: 'acked'; readonly marker: string; readonly atMs: readonly number[] }
  | { readonly kind: 'expecting' }
  | { readonly kind: 'settled'; readonly atMs: number };

const NANOSECONDS = 1_000_000;

/** Comparable between processes, unlike `performance.now`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / NANOSECONDS;
}
