// SPDX-License-Identifier: Apache-2.0

/** Who is told what calls to a backend say of it; exactly one of `succeed`, `fail` and `abandon` ends a call's ticket. */
export interface CallJudgement {
  /** The head of its answer was good, or the first message of a gRPC call. */
  succeed(ticket: number): void;
  fail(ticket: number): void;
  /** A call that had succeeded, by the head of its answer, has failed after all. */
  breakOff(ticket: number): void;
  /** The call was broken off before it said anything of its backend, or was never made. */
  abandon(ticket: number): void;
}
