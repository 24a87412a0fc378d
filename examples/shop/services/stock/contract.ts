// SPDX-License-Identifier: Apache-2.0
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

// What stock.proto says, as types.

export interface Level {
  readonly item: string;
  readonly left: number;
}

export interface GetRequest {
  readonly items: readonly string[];
}

export interface GetReply {
  readonly levels: readonly Level[];
}

/** Of `Take` and `Watch`. */
export interface ItemRequest {
  readonly item: string;
}

interface StockMethods {
  readonly Get: MethodDefinition<GetRequest, GetReply>;
  readonly Take: MethodDefinition<ItemRequest, Level>;
  readonly Watch: MethodDefinition<ItemRequest, Level>;
}

/** The service as gRPC's client and server want it. */
export const STOCK = load() as ServiceDefinition & StockMethods;

function load(): unknown {
  const path = fileURLToPath(new URL('stock.proto', import.meta.url));
  return loadSync(path, { defaults: true })['shop.stock.v1.Stock'];
}
