// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../parse/parse-documents.ts';

/** `path message | hint` of each problem; a policy that has any is no document. */
function problemsOf(spec: string): readonly string[] {
  const target = 'targetRefs: [{ group: "", kind: Service, name: cart }]';
  const text = `apiVersion: weir.dev/v1alpha1\nkind: TrafficPolicy\nmetadata: { name: p }\nspec: { ${target}, ${spec} }`;
  const { documents, problems } = parseDocuments(text, 'p.yaml');
  expect(documents.length === 0).toBe(problems.length > 0);
  return problems.map(({ path, message, hint = '' }) => `${path} ${message} | ${hint}`);
}

const limits = (limit: string): string => `rateLimits: [{ name: all, windows: [{ requests: 1, per: 1s }]${limit} }]`;
const stored = (redis: string): string => `rateLimitStore: { redis: { ${redis} } }, ${limits(', shared: {}')}`;
const hashed = (hash: string): string => `balancing: { type: ConsistentHash, consistentHash: ${hash} }`;

describe('a TrafficPolicy', () => {
  it.each([
    'balancing: { type: PeakEwma }',
    'sessionPersistence: {}',
    'sessionPersistence: { type: Header, sessionName: X-Session, absoluteTimeout: 1h }',
    'sessionPersistence: { absoluteTimeout: 24h, cookieConfig: { lifetimeType: Permanent } }',
    'timeouts: { connect: 100ms }',
    'timeouts: { connect: 1m }',
    'timeouts: { idle: 100ms, stream: 0s }',
    'timeouts: { idle: 24h, stream: 48h }',
    'retry: { failures: [Reset, Timeout] }',
    'retry: { failures: [] }',
    'concurrencyLimits: [{ name: all, requests: 1 }]',
    'concurrencyLimits: [{ name: all, requests: 100000, key: [{ by: Address }], queue: { size: 10000, timeout: 1m } }]',
    'faults: [{ name: late, percent: 1, delay: 1m }, { name: down, percent: 100, abort: { status: 503 } }]',
    'faults: [{ name: gone, percent: 50, abort: { grpcStatus: unavailable }, when: { methods: [POST] } }]',
    'priority: Critical',
    'balancing: { type: PeakEwma, zonePreference: {} }',
    'balancing: { type: RoundRobin, zonePreference: { spillOverAbove: 1 } }',
    'balancing: { type: Utilization }',
    'balancing: { type: Utilization, utilization: { blackout: 0s, expiry: 1m, errorPenalty: 0.5 } }',
    hashed('{ by: Address }'),
    hashed('{ by: Header, name: X-User }'),
    hashed('{ by: Query, name: user.id }'),
    stored('url: redis://redis'),
    stored('url: redis://10.0.0.7:7000/, timeout: 5s'),
    stored('url: "redis://[2001:db8::1]:7000/15"'),
    stored('url: rediss://redis.example/1, credentialsRef: { name: r }, caCertificateRefs: [{ kind: Secret, name: ca }]'),
    'outlierDetection: {}',
    'outlierDetection: { successRate: { standardDeviations: 1.5 }, latency: { factor: 4, threshold: 20ms } }',
    'healthCheck: { type: TCP }',
    'healthCheck: { type: HTTP, http: { path: "/healthz?deep=1", host: cart.example, expectedStatuses: [200, 503] } }',
    'healthCheck: { type: GRPC, grpc: { service: shop.v1.Cart }, port: 9001 }',
    'slowStart: { window: 30s }',
    'panicThreshold: 0',
    'circuitBreaker: {}',
    'circuitBreaker: { errorPercent: 100, minimumRequests: 1, window: 100ms, openFor: 1h, halfOpenRequests: 16 }',
    'connectionLimits: { maxConnections: 1, maxPendingRequests: 0 }',
    'connectionLimits: { maxParallelRequests: 1 }',
  ])('may say %s', spec => {
    expect(problemsOf(spec)).toEqual([]);
  });

  it.each([
    ['balancing: { type: Maglev }', 'spec.balancing.type', 'Maglev'],
    ['balancing: { type: ConsistentHash }', 'spec.balancing', 'write consistentHash: { by: Header'],
    ['balancing: { type: Random, consistentHash: { by: Address } }', 'spec.balancing.consistentHash', 'leave it out'],
    ['balancing: { type: Random, zonePreference: { spillOverAbove: 0 } }', 'spec.balancing.zonePreference.spillOverAbove', '1'],
    [
      'balancing: { type: ConsistentHash, consistentHash: { by: Address }, zonePreference: {} }',
      'spec.balancing.zonePreference',
      'goes by keys alone',
    ],
    ['balancing: { type: Random, utilization: { blackout: 1s } }', 'spec.balancing.utilization', 'type: Utilization'],
    ['sessionPersistence: { type: Header, cookieConfig: {} }', 'spec.sessionPersistence.cookieConfig', 'leave it out'],
    [
      'sessionPersistence: { cookieConfig: { lifetimeType: Permanent } }',
      'spec.sessionPersistence.absoluteTimeout',
      'write a duration such as 24h',
    ],
    [hashed('{ by: Cookie }'), 'spec.balancing.consistentHash', 'by: Cookie needs it'],
    [hashed('{ by: Address, name: x }'), 'spec.balancing.consistentHash.name', 'an address has no name'],
    [hashed('{ by: Query, name: a=b }'), 'spec.balancing.consistentHash.name', 'without space or ='],
    ['concurrencyLimits: [{ name: all, requests: 0 }]', 'spec.concurrencyLimits[0].requests', '1'],
    ['concurrencyLimits: [{ name: all, requests: 1, queue: { size: 1 } }]', 'spec.concurrencyLimits[0].queue', 'timeout'],
    [
      'concurrencyLimits: [{ name: all, requests: 1, queue: { size: 1, timeout: 2m } }]',
      'spec.concurrencyLimits[0].queue.timeout',
      'write 1ms to 1m',
    ],
    ['concurrencyLimits: [{ name: a, requests: 1 }, { name: a, requests: 2 }]', 'spec.concurrencyLimits[1]', 'name'],
    ['faults: [{ name: a, percent: 1 }]', 'spec.faults[0]', 'write delay or abort'],
    ['faults: [{ name: a, percent: 1, delay: 1s, abort: { status: 500 } }]', 'spec.faults[0]', 'two faults for both'],
    ['faults: [{ name: a, percent: 0, delay: 1s }]', 'spec.faults[0].percent', '1'],
    ['faults: [{ name: a, percent: 1, delay: 61s }]', 'spec.faults[0].delay', 'write 1ms to 1m'],
    ['faults: [{ name: a, percent: 1, abort: {} }]', 'spec.faults[0].abort', 'write status or grpcStatus'],
    ['faults: [{ name: a, percent: 1, abort: { status: 200 } }]', 'spec.faults[0].abort.status', '400'],
    ['timeouts: { connect: 10ms }', 'spec.timeouts.connect', 'write 100ms to 1m'],
    ['timeouts: { connect: 0s }', 'spec.timeouts.connect', 'write 100ms to 1m'],
    ['timeouts: { idle: 0s }', 'spec.timeouts.idle', 'write 100ms to 24h'],
    ['timeouts: { idle: 25h }', 'spec.timeouts.idle', 'write 100ms to 24h'],
    ['retry: { failures: [5xx] }', 'spec.retry.failures', '5xx'],
    ['retry: { failures: [Reset, Reset] }', 'spec.retry.failures', 'Reset'],
    [stored('url: redis://:sesame@redis'), 'spec.rateLimitStore.redis.url', 'name a Secret in credentialsRef'],
    [stored('url: rediss://weir:sesame@redis:7000/1'), 'spec.rateLimitStore.redis.url', 'name a Secret in credentialsRef'],
    [stored('url: http://redis'), 'spec.rateLimitStore.redis.url', 'write one such as redis://host:6379'],
    [stored('url: redis://'), 'spec.rateLimitStore.redis.url', 'write one such as redis://host:6379'],
    [stored('url: redis://redis:70000'), 'spec.rateLimitStore.redis.url', 'write one such as redis://host:6379'],
    [stored('url: "redis://redis/0?db=1"'), 'spec.rateLimitStore.redis.url', 'write one such as redis://host:6379'],
    [stored('url: redis://r, timeout: 6s'), 'spec.rateLimitStore.redis.timeout', 'write 5ms to 5s'],
    [
      stored('url: redis://r, caCertificateRefs: [{ name: ca }]'),
      'spec.rateLimitStore.redis.caCertificateRefs',
      'write the url with rediss://',
    ],
    [limits(', shared: {}'), 'spec.rateLimits[0].shared', 'write rateLimitStore'],
    [`rateLimitStore: { redis: { url: redis://r } }, ${limits('')}`, 'spec.rateLimitStore', 'write shared: {} in a limit'],
    ['outlierDetection: { maxEjectionPercent: 0 }', 'spec.outlierDetection.maxEjectionPercent', '1'],
    ['outlierDetection: { interval: 10ms }', 'spec.outlierDetection.interval', 'write 100ms to 5m'],
    ['healthCheck: { type: HTTP }', 'spec.healthCheck.http', 'write http: { path: /healthz }'],
    ['healthCheck: { type: TCP, http: { path: / } }', 'spec.healthCheck.http', 'write type: HTTP'],
    ['healthCheck: { type: HTTP, http: { path: / }, grpc: {} }', 'spec.healthCheck.grpc', 'write type: GRPC'],
    ['healthCheck: { type: HTTP, http: { path: "/a b" } }', 'spec.healthCheck.http.path', 'without spaces'],
    ['slowStart: {}', 'spec.slowStart.window', 'missing'],
    ['panicThreshold: 101', 'spec.panicThreshold', '100'],
    ['precedence: Override', 'spec', 'write timeouts, retry, balancing, outlierDetection'],
    ['circuitBreaker: { errorPercent: 0 }', 'spec.circuitBreaker.errorPercent', '1'],
    ['circuitBreaker: { halfOpenRequests: 17 }', 'spec.circuitBreaker.halfOpenRequests', '16'],
    ['circuitBreaker: { openFor: 10ms }', 'spec.circuitBreaker.openFor', 'write 100ms to 1h'],
    ['connectionLimits: {}', 'spec.connectionLimits', 'write maxConnections or maxParallelRequests'],
    [
      'connectionLimits: { maxParallelRequests: 1, maxPendingRequests: 1 }',
      'spec.connectionLimits.maxPendingRequests',
      'write maxConnections',
    ],
  ])('is refused that says %s', (spec, path, words) => {
    const problems = problemsOf(spec);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
    expect(problems[0]!.split(' ')[0]).toContain(path);
  });
});
