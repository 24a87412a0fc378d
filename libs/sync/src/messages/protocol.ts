// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, SplitReport } from '@weir/policy/snapshot';
import type { Envelope, ResourceVersion } from '../contract/envelope.ts';
import type { Revision } from './revision.ts';
import type { Root } from './root.ts';

/** Newest version of the protocol that this version of Weir speaks. */
export const PROTOCOL = 1;

/** First message of a stream. */
export interface Hello {
  readonly type: 'hello';
  /** Unique among the proxies of one identity; the same after a restart. */
  readonly proxy: string;
  readonly protocol: number;
  /** Of the newest push that was taken; undefined = none was. */
  readonly revision: Revision | undefined;
  readonly roots: readonly Root[];
  /** What the proxy runs; never what it has rejected. */
  readonly held: ReadonlyMap<ResourceName, ResourceVersion>;
}

export interface Subscription {
  readonly type: 'subscription';
  readonly add: readonly Root[];
  readonly remove: readonly Root[];
}

/** Answers a push when what could be taken of it runs. */
export interface Ack {
  readonly type: 'ack';
  readonly nonce: number;
  readonly rejections: readonly VersionRejection[];
}

export interface VersionRejection {
  readonly resource: ResourceName;
  readonly version: ResourceVersion;
  readonly reason: string;
}

/** What a proxy saw of the revisions behind its splits. Sent only by who was given one. */
export interface SplitReportMessage {
  readonly type: 'splitReport';
  readonly report: SplitReport;
}

export type ProxyMessage = Ack | Hello | SplitReportMessage | Subscription;

/** A transaction: what a proxy has after it was valid together on the control plane, but for endpoints, which may be newer. */
export interface Push<Sent extends Envelope = Envelope> {
  readonly nonce: number;
  readonly revision: Revision;
  readonly upserts: readonly Sent[];
  readonly removes: readonly ResourceName[];
  readonly answers: readonly RootAnswer[];
  /** Over all that the proxy has after it, rejected versions included (`checksumOf`). */
  readonly checksum: number;
}

/** What became of a root that was subscribed to, or that came into being or ceased to be. */
export interface RootAnswer {
  readonly root: Root;
  /** `present`: everything that it leads to is there after this push. */
  readonly outcome: RootOutcome;
}

export type RootOutcome = 'doesNotExist' | 'notPermitted' | 'present';

/**
 * Why a stream ended. `age`: it was asked to come back, to any replica; `behind`: the replica knows less than the proxy; `starting`:
 * it has no snapshot yet; `overflow`: the proxy did not keep up; `refused`: it broke the protocol; `lost`: all else.
 */
export interface StreamEnd {
  readonly reason: 'age' | 'behind' | 'lost' | 'overflow' | 'refused' | 'starting';
  readonly detail: string;
}
