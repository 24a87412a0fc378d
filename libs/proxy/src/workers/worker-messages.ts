// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, SplitReport, Transaction } from '@weir/policy/snapshot';
import type { HealthMemory } from '@weir/resilience';
import type { MetricsDump, SamplerSettings, SpanRecord } from '@weir/telemetry';
import type { Rejection } from '../engine/configuration.ts';
import type { EndpointSlots } from '../engine/engine-contract.ts';
import type { EngineSettings } from '../engine/settings.ts';
import type { NamedSlots } from './backend-slots.ts';
import type { PortAddress } from '../listen/open-port.ts';

/** What a worker thread is started with. Plain data: it crosses into the thread by structured clone. */
export interface WorkerInit {
  readonly index: number;
  /** Column of the shared loads that only this thread writes. */
  readonly column: number;
  readonly columnCount: number;
  readonly loads: SharedArrayBuffer;
  /** Breakers and limits of backends. */
  readonly backends: SharedArrayBuffer;
  /** Counters of rate limits. */
  readonly rates: SharedArrayBuffer;
  /** Requests in flight of concurrency limits. */
  readonly places: SharedArrayBuffer;
  /** A word for each column: how much its worker refuses (`overloadWord`). */
  readonly overloads: SharedArrayBuffer;
  readonly settings: EngineSettings;
  readonly accessLog: AccessLogSettings;
  /** Whose turn it is to write to the log. */
  readonly logTurn: SharedArrayBuffer;
  /** Undefined = no traces. */
  readonly tracing: WorkerTracing | undefined;
}

export interface WorkerTracing {
  readonly sampler: SamplerSettings;
  /** A word for each column: spans of its worker that the main thread has not taken yet. */
  readonly backlogs: SharedArrayBuffer;
}

export interface AccessLogSettings {
  readonly format: 'json' | 'human' | 'off';
  readonly hasColour: boolean;
  /** Descriptor that lines are written to. */
  readonly descriptor: number;
}

/** A step of configuration as one message. */
export interface Update {
  readonly transaction: Transaction;
  readonly slots: EndpointSlots;
  /** Of the endpoints of backends that look at their health; only of groups that are other ones than before. */
  readonly health: readonly HealthMemory[];
  /** Of backends with breakers or limits. */
  readonly backendSlots: NamedSlots;
}

/** What the main thread asks of a worker. Each is answered once. */
export interface WorkerRequests {
  /** Applies an update; answered when it serves. */
  readonly apply: { readonly update: Update; readonly answer: readonly Rejection[] };
  /** Accepts the connections of a port. */
  readonly listen: {
    readonly port: ResourceName;
    readonly at: PortAddress;
    readonly descriptor: number | undefined;
    readonly answer: null;
  };
  /** Stops accepting, at once or when the queue is quiet; answered when the descriptor is closed. */
  readonly unlisten: { readonly port: ResourceName; readonly patienceMs: number; readonly answer: null };
  /**
   * Lets connections end after the answers that they owe, and closes listeners when they are quiet, each after its patience at the
   * latest; answered when nothing is left.
   */
  readonly drain: { readonly patienceMs: number; readonly queuePatienceMs: number; readonly answer: null };
  /** Of a sidecar: callers from outside of the mesh have to connect again for each request; answered at once. */
  readonly partWithStrangers: { readonly answer: null };
  /** Of a sidecar: lets calls to its application end, after the patience at the latest; answered then. */
  readonly drainReceived: { readonly patienceMs: number; readonly answer: null };
  readonly report: { readonly answer: WorkerReport };
  /** What was counted of revisions since it was last asked; null = no backend has a split. */
  readonly splitReport: { readonly answer: SplitReport | null };
}

export type RequestKind = keyof WorkerRequests;
export type RequestOf<Kind extends RequestKind> = Omit<WorkerRequests[Kind], 'answer'>;
export type AnswerOf<Kind extends RequestKind> = WorkerRequests[Kind]['answer'];

export type ToWorker = {
  [Kind in RequestKind]: { readonly id: number; readonly kind: Kind; readonly body: RequestOf<Kind> };
}[RequestKind];

export type FromWorker =
  | { readonly id: number; readonly answer: AnswerOf<RequestKind> }
  /** What has ended; no answer to anything. */
  | { readonly spans: readonly SpanRecord[] }
  | { readonly id: number; readonly failure: { readonly message: string; readonly code: string } };

/** How a worker is. */
export interface WorkerReport {
  readonly metrics: MetricsDump;
  readonly connectionCount: number;
  readonly acceptedCount: number;
  /** How late timers ran since the thread's start. */
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayMaxMs: number;
  readonly heapUsedBytes: number;
}
