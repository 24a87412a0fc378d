// SPDX-License-Identifier: Apache-2.0
import type { Dispatch } from '@weir/base';
import type { Backend } from '@weir/policy/snapshot';
import type { StreamBackend } from '../tcp/stream-leg.ts';
import type { BackendRuntime } from './backend-runtime.ts';

/** A backend at work, whether its calls go to one set of endpoints or are divided between two. */
export interface RunningBackend {
  readonly backend: Backend;
  /** Sends one attempt. */
  readonly dispatch: Dispatch;
  /** What it consists of. */
  readonly runtimes: readonly BackendRuntime[];
  /** Whether sessions with this endpoint are at home here. */
  hasSessionsOf(endpointId: string): boolean;
  /** Whether an endpoint, `address:port`, is one of its own. */
  serves(key: string): boolean;
  /** Where a client's whole connection, or its datagrams, go. `route`: see `routeIdOf`. */
  forStream(address: string, route: string): StreamBackend;
  /** Takes over the connections of who stood in its place; before that one is released. */
  inherit(previous: RunningBackend): void;
  /** Certificates or authorities have changed: what was begun with the former ones ends with the requests that use it. */
  renewSessions(): void;
  release(): void;
}
