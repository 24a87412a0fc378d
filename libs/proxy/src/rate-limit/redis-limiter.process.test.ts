// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { systemClock } from '@weir/base';
import { REDIS_KEY_PREFIX, compileRateLimit } from '@weir/resilience';
import type { RateLimit, RateWindowSpec, SharedDecision } from '@weir/resilience';
import { createTempDirectory, createTestAuthority, findFreePorts, hasRedis, startRedis, waitFor } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { openRedisLimiter } from './redis-limiter.ts';
import type { RedisLimiter, RedisLimiterOptions } from './redis-limiter.ts';

const DEADLINE_MS = 500;

const MINUTE: RateWindowSpec = { algorithm: 'tokenBucket', name: 'minute', quota: 1_000, windowMs: 60_000, burst: 1_000 };
const HOUR: RateWindowSpec = { algorithm: 'slidingWindow', name: 'hour', quota: 300, windowMs: 3_600_000 };

/** What a user of Redis' access lists has to be allowed. */
const COMMANDS = ['evalsha', 'script|load', 'select', 'time', 'get', 'set', 'hgetall', 'hset', 'pexpire'];

function optionsFor(port: number): RedisLimiterOptions {
  return {
    host: '127.0.0.1',
    port,
    username: undefined,
    password: undefined,
    database: 0,
    tls: undefined,
    deadlineMs: DEADLINE_MS,
    clock: systemClock,
  };
}

/** A limiter that has a connection; it is closed at the end of its scope. */
async function connect(port: number, options: Partial<RedisLimiterOptions> = {}): Promise<RedisLimiter & Disposable> {
  const opened = openRedisLimiter({ ...optionsFor(port), ...options });
  await waitFor(async () => (await ask(opened, compileRateLimit('probe', [MINUTE]), { cost: 0 })).kind === 'decided', {
    what: 'a limiter with a connection',
  });
  return { ...opened, [Symbol.dispose]: () => opened.close() };
}

function ask({ limiter }: RedisLimiter, limit: RateLimit, { key = 'alice', cost = 1 } = {}): Promise<SharedDecision> {
  return limiter.admit([{ limit, key, cost }]);
}

function isAdmitted(decision: SharedDecision): boolean {
  return decision.kind === 'decided' && decision.decision.isAdmitted;
}

describe.skipIf(!hasRedis())('rate limits in Redis (needs redis-server)', () => {
  it('are one for two gateways: 10,000 requests at 1,000 a minute', async () => {
    await using server = await startRedis();
    using first = await connect(server.port);
    using second = await connect(server.port);
    const limit = compileRateLimit('ns/policy/minute', [MINUTE]);
    const startMs = systemClock.nowMs();
    const kinds = { admitted: 0, refused: 0, unavailable: 0 };
    for (let batch = 0; batch < 100; batch++) {
      const asked = Array.from({ length: 100 }, (_, i) => ask(i % 2 === 0 ? first : second, limit));
      for (const decision of await Promise.all(asked)) {
        if (decision.kind === 'unavailable') kinds.unavailable++;
        else if (decision.decision.isAdmitted) kinds.admitted++;
        else kinds.refused++;
      }
    }
    const elapsedMs = systemClock.nowMs() - startMs;
    expect(kinds.unavailable).toBe(0);
    expect(kinds.admitted + kinds.refused).toBe(10_000);
    expect(kinds.admitted).toBeGreaterThanOrEqual(1_000);
    expect(kinds.admitted).toBeLessThanOrEqual(1_000 + (elapsedMs * 1_000) / 60_000);
  });

  it('charge all windows of a request or none, and say how each stands', async () => {
    await using server = await startRedis();
    using redis = await connect(server.port);
    const limit = compileRateLimit('ns/policy/both', [{ ...MINUTE, quota: 1 }, HOUR]);
    expect(await ask(redis, limit, { cost: 299 })).toMatchObject({
      decision: { isAdmitted: true, states: [{ remaining: 701 }, { remaining: 1, retryAfterMs: 0 }] },
    });
    const refused = await ask(redis, limit, { cost: 2 });
    expect(refused).toMatchObject({
      decision: {
        isAdmitted: false,
        states: [
          { isAdmitted: true, remaining: 701 },
          { isAdmitted: false, remaining: 1 },
        ],
      },
    });
    const waitMs = refused.kind === 'decided' ? refused.decision.retryAfterMs : 0;
    expect(waitMs).toBeGreaterThan(3_600_000 - 10_000);
    expect(waitMs).toBeLessThanOrEqual(3_600_000 * (1 + 1 / 16));
    expect(isAdmitted(await ask(redis, limit, { cost: 0 }))).toBe(true);
    expect(isAdmitted(await ask(redis, limit))).toBe(true);
    expect(isAdmitted(await ask(redis, limit))).toBe(false);
    expect(isAdmitted(await ask(redis, limit, { key: 'bob' }))).toBe(true);
    expect(await ask(redis, limit, { cost: 301 })).toMatchObject({ decision: { isAdmitted: false, retryAfterMs: Infinity } });
  });

  it('count a key that is charged twice in one request twice', async () => {
    await using server = await startRedis();
    using redis = await connect(server.port);
    for (const spec of [
      { ...MINUTE, quota: 1, burst: 3 },
      { ...HOUR, quota: 3 },
    ]) {
      const charge = { limit: compileRateLimit('ns/policy/twice', [spec]), key: 'alice', cost: 2 };
      expect(isAdmitted(await redis.limiter.admit([charge, charge]))).toBe(false);
      expect(isAdmitted(await redis.limiter.admit([{ ...charge, cost: 1 }, charge]))).toBe(true);
      expect(isAdmitted(await redis.limiter.admit([{ ...charge, cost: 1 }]))).toBe(false);
    }
  });

  it('come back when the window has gone, and leave no keys behind', async () => {
    await using server = await startRedis();
    using redis = await connect(server.port);
    for (const spec of [
      { ...MINUTE, quota: 1, burst: 2, windowMs: 100 },
      { ...HOUR, quota: 2, windowMs: 250 },
    ]) {
      const limit = compileRateLimit('ns/policy/short', [spec]);
      expect(isAdmitted(await ask(redis, limit, { cost: 2 }))).toBe(true);
      expect(isAdmitted(await ask(redis, limit, { cost: 2 }))).toBe(false);
      const startMs = systemClock.nowMs();
      await waitFor(async () => isAdmitted(await ask(redis, limit, { cost: 2 })), { what: 'a new window' });
      expect(systemClock.nowMs() - startMs).toBeLessThan(2_000);
    }
    await waitFor(
      () => spawnSync('redis-cli', ['-p', String(server.port), 'dbsize'], { encoding: 'utf8' }).stdout.trim() === '0',
      {
        what: 'the end of all keys',
      },
    );
  });

  it('are unavailable at once while Redis is gone, and there again after it', async () => {
    const limit = compileRateLimit('ns/policy/minute', [MINUTE]);
    await using server = await startRedis();
    using redis = await connect(server.port);
    const underWay = Array.from({ length: 20 }, () => ask(redis, limit));
    await server.child.stop('SIGKILL');
    await Promise.all(underWay);
    await waitFor(async () => (await ask(redis, limit)).kind === 'unavailable', { what: 'the loss of the connection' });
    const startMs = systemClock.nowMs();
    for (let i = 0; i < 1_000; i++) expect((await ask(redis, limit)).kind).toBe('unavailable');
    expect(systemClock.nowMs() - startMs).toBeLessThan(1_000);
    await using again = await startRedis({ port: server.port });
    await waitFor(async () => isAdmitted(await ask(redis, limit)), {
      what: () => `Redis to be used again\n${again.child.output}`,
    });
  });

  it('hold a request no longer than the deadline when Redis hangs, and then none at all', async () => {
    await using server = await startRedis();
    using redis = await connect(server.port, { deadlineMs: 50 });
    const limit = compileRateLimit('ns/policy/minute', [MINUTE]);
    server.child.process.kill('SIGSTOP');
    const waits: number[] = [];
    let last: SharedDecision | undefined;
    for (let i = 0; i < 40; i++) {
      const startMs = systemClock.nowMs();
      last = await ask(redis, limit);
      expect(last.kind).toBe('unavailable');
      waits.push(systemClock.nowMs() - startMs);
    }
    expect(last).toEqual({ kind: 'unavailable', reason: 'Redis has been failing' });
    // Twice the deadline leaves room for a busy machine; the last ones do not wait.
    expect(Math.max(...waits)).toBeLessThan(100);
    expect(Math.max(...waits.slice(-10))).toBeLessThan(20);
    server.child.process.kill('SIGCONT');
    await waitFor(async () => isAdmitted(await ask(redis, limit)), { what: 'Redis to be used again' });
  });

  it('work over TLS with a client certificate, as a user who may do nothing else', async () => {
    const authority = await createTestAuthority();
    const [own, client] = await Promise.all([authority.issue('redis.example'), authority.issue('gateway.example')]);
    await using directory = await createTempDirectory();
    const files = { ca: authority.certificatePem, cert: own.certificatePem, key: own.keyPem };
    for (const [name, pem] of Object.entries(files)) await directory.write(`${name}.pem`, pem);
    const [port] = await findFreePorts(1);
    const fileOptions = Object.keys(files).flatMap(name => [
      name === 'ca' ? '--tls-ca-cert-file' : `--tls-${name}-file`,
      `${directory.path}/${name}.pem`,
    ]);
    const user = ['--user', 'weir', 'on', '>s3cret', `~${REDIS_KEY_PREFIX}*`, ...COMMANDS.map(name => `+${name}`)];
    await using server = await startRedis({
      port: 0,
      options: ['--tls-port', String(port), ...fileOptions, '--user', 'default', 'off', ...user],
    });
    const tls = { ca: authority.certificatePem, cert: client.certificatePem, key: client.keyPem, servername: 'redis.example' };
    using redis = await connect(port!, { username: 'weir', password: 's3cret', tls });
    const guesser = openRedisLimiter({ ...optionsFor(port!), username: 'weir', password: 'guessed', tls });
    const rejected = await ask(guesser, compileRateLimit('ns/policy/guessed', [MINUTE]));
    expect(rejected.kind === 'unavailable' && rejected.reason).toMatch(/WRONGPASS|NOAUTH/);
    guesser.close();
    const limit = compileRateLimit('ns/policy/both', [MINUTE, HOUR]);
    expect(isAdmitted(await ask(redis, limit)), server.child.output).toBe(true);
    const stranger = openRedisLimiter({ ...optionsFor(port!), tls: { ...tls, servername: 'other.example' } });
    const refused = await ask(stranger, limit);
    expect(refused.kind === 'unavailable' && refused.reason).toContain("Hostname/IP does not match certificate's altnames");
    stranger.close();
  });
});
