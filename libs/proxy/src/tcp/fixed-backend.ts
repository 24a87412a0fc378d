// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from '@weir/policy/snapshot';
import type { ChosenEndpoint } from '../engine/backend-runtime.ts';
import { endpointKey } from '../engine/endpoint-key.ts';
import type { CalledBackend, StreamBackend } from './stream-leg.ts';

/** The one endpoint that a client itself has named: nothing is balanced, and nobody counts what goes there. */
export class FixedBackend implements StreamBackend {
  readonly backend: CalledBackend;
  readonly gate = undefined;
  private readonly chosen: ChosenEndpoint;

  /** Without `mesh` it is called in plaintext. */
  constructor(endpoint: Endpoint, parts: Pick<CalledBackend, 'connectTimeoutMs' | 'label' | 'mesh'>) {
    this.backend = { ...parts, endpoints: [endpoint], proxyProtocol: undefined, tls: undefined };
    this.chosen = { index: 0, endpoint, key: endpointKey(endpoint), slot: -1 };
  }

  get emptiness(): string {
    return `${this.backend.label} has no other endpoint`;
  }

  choose(): ChosenEndpoint {
    return this.chosen;
  }

  noteConnect(): void {
    // Nobody else goes there by a balancer.
  }
}
