// SPDX-License-Identifier: Apache-2.0
import type { TestDocument } from '@weir/testing';
import type { Fields } from './documents.ts';
import { limitOf, trafficPolicy } from './traffic-documents.ts';

/** A TrafficPolicy for the route of its name, of one limit that is shared in a Redis server. `redis`: of the store, such as its url. */
export function sharedLimit(name: string, redis: Fields, { shared = {}, ...limit }: Fields = {}): TestDocument {
  return trafficPolicy(name, name, { rateLimitStore: { redis }, rateLimits: [limitOf(name, 2, { shared, ...limit })] });
}

export function redisSecret(password: string, username?: string): TestDocument {
  const user = username === undefined ? {} : { username };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'redis', namespace: 'default' },
    stringData: { ...user, password },
  };
}
