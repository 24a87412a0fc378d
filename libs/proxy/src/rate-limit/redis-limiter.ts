// SPDX-License-Identifier: Apache-2.0
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '@weir/base';
import { createSharedLimiter } from '@weir/resilience';
import type { CallGuard, RedisScripts, SharedLimiter } from '@weir/resilience';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import CircuitBreaker from 'opossum';
import { connectorTo } from './redis-connector.ts';

export interface RedisLimiterOptions {
  readonly host: string;
  readonly port: number;
  /** A user of Redis' access lists, or undefined for the default user. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** Authorities, server name and client certificate; undefined for plaintext. */
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'> | undefined;
  /** A request waits for Redis no longer than this. */
  readonly deadlineMs: number;
  readonly clock: Clock;
}

export interface RedisLimiter {
  readonly limiter: SharedLimiter;
  /** Ends the connection; what is under way is unavailable. */
  close(): void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 1_000;
/** A connection on which an answer is owed for as long is made anew: its other end may be gone without a word. */
const SILENCE_MS = 2_000;

/** Opens at half of the calls failing, once enough were made to say so; then one call a second tries again. */
const BREAKER = {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 10,
  rollingCountTimeout: 5_000,
  rollingCountBuckets: 5,
  rollingPercentilesEnabled: false,
  enableSnapshots: false,
  resetTimeout: 1_000,
} as const;

/**
 * Rate limits shared through Redis. Only loaded where a limit is shared: the client and the breaker take memory. The first requests
 * wait for the connection to be made, within their deadline; whenever it is lost, the limiter is unavailable at once.
 */
export function openRedisLimiter(options: RedisLimiterOptions): RedisLimiter {
  const redis = new Redis(clientOptions(options));
  // What is guarded is a call of any kind; the breaker only counts how calls end.
  const breaker = new CircuitBreaker((call: () => Promise<unknown>) => call(), BREAKER);
  // Opossum counts what it refuses as calls that did not fail: after an outage they would keep it from opening again.
  const guard: CallGuard = call =>
    breaker.opened ? Promise.reject(new Error('Redis has been failing')) : (breaker.fire(call) as ReturnType<typeof call>);
  const { clock, deadlineMs } = options;
  return {
    limiter: createSharedLimiter({ redis: scriptsOf(redis), guard, clock, deadlineMs }),
    close() {
      breaker.shutdown();
      redis.disconnect();
    },
  };
}

/**
 * No queue while there is no connection, and nothing is sent a second time: a request waits for its deadline and no longer,
 * and is counted at most once.
 */
function clientOptions({ host, port, username, password, database, tls, deadlineMs }: RedisLimiterOptions) {
  return {
    Connector: connectorTo({ host, port, tls }),
    host,
    port,
    username,
    password,
    db: database,
    ...(tls === undefined ? {} : { tls }),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: Math.max(SILENCE_MS, 2 * deadlineMs),
    retryStrategy: attempt => Math.min(FIRST_RECONNECT_MS * 2 ** (attempt - 1), LAST_RECONNECT_MS),
    // What one turn of the event loop asks for goes out in one write.
    enableAutoPipelining: true,
    // Servers before 6 do not speak version 3; an access list need not allow INFO and CLIENT.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
  } satisfies RedisOptions;
}

/** The client by the commands that are needed of it. */
function scriptsOf(redis: Redis): RedisScripts {
  let problem = 'there is no connection';
  redis.on('error', (error: Error) => (problem = error.message));
  let isTried = false;
  const tried = new Promise<void>(resolve => {
    const settle = (): void => {
      isTried = true;
      resolve();
    };
    redis.once('ready', settle).once('close', settle);
  });
  const assertConnected = (): void => {
    if (redis.status !== 'ready') throw new Error(problem);
  };
  return {
    async evalsha(sha, keys, args) {
      if (!isTried) await tried;
      assertConnected();
      return redis.evalsha(sha, keys.length, ...keys, ...args);
    },
    async load(script) {
      assertConnected();
      return redis.script('LOAD', script);
    },
  };
}
