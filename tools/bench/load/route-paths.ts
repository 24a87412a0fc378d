// SPDX-License-Identifier: Apache-2.0
import type { Protocol } from '../peers/peer.ts';

/** The prefix of one route in every contestant's configuration. */
export function routePrefix(index: number, protocol: Protocol = 'http1'): string {
  return protocol === 'grpc' ? `/${grpcService(index)}` : `/team${index % 100}/service${index}`;
}

/** What clients ask for below that prefix. */
export function routeTarget(index: number): string {
  return `${routePrefix(index)}/items/42?page=2&sort=name`;
}

/** The gRPC service of one route. */
export function grpcService(index: number): string {
  return `bench.Service${index}`;
}

/** The method that gRPC clients call. */
export function grpcTarget(index: number): string {
  return `/${grpcService(index)}/Say`;
}
