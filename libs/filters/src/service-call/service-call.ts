// SPDX-License-Identifier: Apache-2.0
import type { Exchange, HeaderList } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';

/** A request that a filter makes of its own, to ask a service about the one that it looks at. */
export interface ServiceRequest {
  readonly method: string;
  /** Begins with `/`. */
  readonly path: string;
  /** Without its `?`; undefined = none. */
  readonly query: string | undefined;
  readonly authority: string;
  /** Names lower-case, without `host`, hop-by-hop fields and framing. */
  readonly headers: HeaderList;
  readonly body: Buffer;
  /** For the whole call, until the answer is complete. */
  readonly timeoutMs: number;
  /** Of the answer's body; a longer one fails the call. */
  readonly maxResponseBytes: number;
  /** The request it is made for: by its listener it is known which certificate is shown, by its client whom a PROXY header names. */
  readonly origin: Exchange;
}

/** A complete answer. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer;
  readonly trailers: HeaderList | undefined;
}

/**
 * Asks a backend of the configuration, or a server outside of it by its origin (`https://issuer.example`). Never throws by itself: what goes wrong rejects with a Fault, after `timeoutMs` at the latest,
 * and at once while the service fails again and again.
 */
export type CallBackend = (backend: ResourceName, request: ServiceRequest) => Promise<ServiceAnswer>;

/** Thrown by whoever shows what would happen and may not ask anybody: the answer depends on one that was not asked. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}
