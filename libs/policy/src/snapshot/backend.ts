// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** A Service's port and the endpoints behind it. Named `backend/NAMESPACE/SERVICE/PORT`. Shared by every route that uses it. */
export interface Backend {
  readonly kind: 'backend';
  readonly name: ResourceName;
  /** `namespace/service:port`, for people. */
  readonly label: string;
  /** What the endpoints speak. */
  readonly protocol: 'http1';
  readonly balance: Balance;
  readonly connectTimeoutMs: number;
  /** Serving endpoints; empty = requests are answered 503. */
  readonly endpoints: readonly Endpoint[];
}

/** `leastRequest`: fewer requests in flight of two chosen at random; `roundRobin`: in turn. */
export type Balance = 'leastRequest' | 'roundRobin';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}
