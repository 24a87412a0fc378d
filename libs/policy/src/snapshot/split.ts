// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from './backend.ts';

/**
 * How calls of a Service's port are divided between two of its revisions, as its Rollout has it now. It is a part of the Backend, so that
 * one changed resource moves every route, at the edge and in the mesh. Whoever calls decides once for a request: further attempts stay with the revision.
 */
export interface Split {
  /** `namespace/name` of the Rollout. */
  readonly rollout: string;
  /**
   * Tells what is in force from what was before, for people and for fuses: a fuse that has blown holds until this changes, and beyond for the same
   * candidate until a step gives that nothing.
   */
  readonly step: string;
  readonly stable: Revision;
  readonly candidate: Revision;
  /** Requests that go to the candidate, of 10,000. */
  readonly candidateShare: number;
  /** What keeps a client's requests together; undefined = each request is for itself. */
  readonly assignment: SplitAssignment | undefined;
  /** Requests that go to the candidate whatever its share: those that fit any of them. */
  readonly matches: readonly SplitMatch[];
  /** Requests to stable of which the candidate gets a copy, of 10,000. Answers to copies are dropped. */
  readonly mirrorShare: number;
  /** Undefined = nobody takes the candidate out but the Rollout itself. */
  readonly fuse: FuseSpec | undefined;
}

export interface Revision {
  /** For people, logs and metrics: a hash of a Pod template, or the name of a Service. */
  readonly revision: string;
  /** As of `Backend.endpoints`; empty = its requests are answered 503. */
  readonly endpoints: readonly Endpoint[];
}

/** A header (lower-case), cookie, claim of a verified token, or the client's address. Requests without it are told apart by address. */
export interface SplitAssignment {
  readonly by: 'address' | 'claim' | 'cookie' | 'header';
  /** Of the header or cookie; else ''. */
  readonly name: string;
  /** Of the claim, one name for each level; else empty. */
  readonly path: readonly string[];
}

/** All of its conditions hold; at least one. */
export interface SplitMatch {
  readonly conditions: readonly SplitCondition[];
}

export interface SplitCondition {
  readonly by: 'claim' | 'cookie' | 'header' | 'host';
  /** Of the header (lower-case) or cookie; else ''. */
  readonly name: string;
  /** Of the claim, one name for each level; else empty. */
  readonly path: readonly string[];
  /** One of them is the whole value; at least one. Numbers and booleans of claims are compared as text; of a list, each of its items. */
  readonly values: readonly string[];
}

/** When a proxy by itself sends no more requests to the candidate, whoever else can be reached. */
export interface FuseSpec {
  /** At least this share of the attempts that ended within the window failed; 1 to 100. */
  readonly errorPercent: number;
  readonly minimumRequests: number;
  readonly windowMs: number;
}

/** Whole of shares: `candidateShare` and `mirrorShare` are parts of it. */
export const WHOLE_SHARE = 10_000;

/**
 * Attempts at one revision that ended at a proxy since it told last. An attempt fails as for circuit breakers; what the client breaks off
 * counts nowhere.
 */
export interface RevisionCounts {
  /** `namespace/name` of the Rollout. */
  readonly rollout: string;
  readonly step: string;
  /** `namespace/service:port`. */
  readonly backend: string;
  /** `KIND/namespace/name` of the route that led there; '' = none did. */
  readonly route: string;
  readonly revision: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Answers by class: of 1xx to 5xx, in this order. */
  readonly statuses: readonly number[];
  /** Time to the head of the answer, of attempts that had one: sparse buckets of `latencyBucket`, ascending, each with its count. */
  readonly latencies: readonly (readonly [bucket: number, count: number])[];
}

/** What a proxy has to say of a split as it stands now. */
export interface SplitState {
  readonly rollout: string;
  readonly step: string;
  readonly backend: string;
  /** Attempts that have not ended. */
  readonly stableInFlight: number;
  readonly candidateInFlight: number;
  /** The fuse of this step has blown: what had happened, in words; undefined = it has not. */
  readonly blown: string | undefined;
}

/** What one proxy tells, once a second while it has a split: all its workers together. */
export interface SplitReport {
  readonly counts: readonly RevisionCounts[];
  readonly states: readonly SplitState[];
}
