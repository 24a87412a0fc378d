// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { Child } from './child.ts';
import { findFreePorts } from './free-ports.ts';

/** Whether this machine has a Redis server to test with. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export interface TestRedis extends AsyncDisposable {
  readonly port: number;
  readonly child: Child;
}

export interface TestRedisOptions {
  /** One that is free unless it is given. */
  readonly port?: number;
  /** As on the command line of redis-server. */
  readonly options?: readonly string[];
}

/** A server of its own on 127.0.0.1 that keeps nothing; it is killed at the end of its scope. Resolves before it answers. */
export async function startRedis({ port, options = [] }: TestRedisOptions = {}): Promise<TestRedis> {
  const [free = 0] = port === undefined ? await findFreePorts(1) : [port];
  const child = new Child(['redis-server', '--port', String(free), '--bind', '127.0.0.1', '--save', '', ...options]);
  return { port: free, child, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
