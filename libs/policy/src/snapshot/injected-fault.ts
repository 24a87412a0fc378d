// SPDX-License-Identifier: Apache-2.0
import type { RequestConditions } from './traffic.ts';

/** Something that goes wrong on purpose. */
export interface InjectedFaultSpec {
  /** `namespace/name` of the TrafficPolicy. */
  readonly policy: string;
  /** Where that is attached. */
  readonly scope: string;
  /** Unique in its policy. */
  readonly fault: string;
  /** Of the requests that fit: 1 to 100. */
  readonly percent: number;
  readonly effect: FaultEffect;
  /** Undefined = every request. */
  readonly when: RequestConditions | undefined;
}

export type FaultEffect =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'abort'; readonly status: number }
  /** Of gRPC calls only. */
  | { readonly kind: 'grpcAbort'; readonly grpcStatus: number };
