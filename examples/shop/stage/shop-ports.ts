// SPDX-License-Identifier: Apache-2.0
import { findFreePorts } from '@weir/testing';

/** From the base on: services and sidecars. */
const SHOP_PORT_COUNT = 25;

export interface ShopPorts {
  readonly base: number;
  readonly gateway: number;
  readonly tls: number;
  readonly ledger: number;
  readonly metrics: number;
  readonly all: readonly number[];
}

/** Ports in a row for services and sidecars, and the gateway's after them. */
export async function shopPorts(): Promise<ShopPorts> {
  for (;;) {
    const all = await findFreePorts(SHOP_PORT_COUNT + 4);
    const base = all[0]!;
    if (all.every((port, index) => port === base + index)) {
      const gateway = base + SHOP_PORT_COUNT;
      return { base, gateway, tls: gateway + 1, ledger: gateway + 2, metrics: gateway + 3, all };
    }
  }
}
