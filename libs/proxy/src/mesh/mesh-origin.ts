// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';

/** A place that no Service of the mesh stands for. */
export interface OutsidePlace {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** How a connection of the mesh came to this proxy, and where its requests go. */
export interface MeshOrigin {
  /** What a request brings along, as far as this proxy believes it. */
  enter(exchange: Exchange): void;
  /** The listener by whose routes a request goes. Throws the Fault of one that may go nowhere. */
  listenerOf(exchange: Exchange): string;
  /** Where a request goes that goes outside of the mesh; undefined = it does not. Throws the Fault of one that may not. */
  readonly outsideOf?: (exchange: Exchange) => OutsidePlace | undefined;
  /** Other listeners whose rules have to admit its requests too. */
  readonly guards: readonly string[];
  /** Resolves when what the listener leads to is there, or cannot be had in time; undefined = there is nobody to ask. */
  need(listener: string): Promise<void> | undefined;
  /** Whether the connection ends with the answers that it owes; by the engine's clock. */
  isRetiring(nowMs: number): boolean;
}
