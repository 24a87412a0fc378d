// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';

/** How a connection of the mesh came to this proxy, and where its requests go. */
export interface MeshOrigin {
  /** What a request brings along, as far as this proxy believes it. */
  enter(exchange: Exchange): void;
  /** The listener by whose routes a request goes. Throws the Fault of one that may go nowhere. */
  listenerOf(exchange: Exchange): string;
  /** Resolves when what the listener leads to is there, or cannot be had in time; undefined = there is nobody to ask. */
  need(listener: string): Promise<void> | undefined;
  /** Whether the connection ends with the answers that it owes; by the engine's clock. */
  isRetiring(nowMs: number): boolean;
}
