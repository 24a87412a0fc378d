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

const hashed = (hash: string): string => `balancing: { type: ConsistentHash, consistentHash: ${hash} }`;

describe('a TrafficPolicy', () => {
  it.each([
    'balancing: { type: PeakEwma }',
    'sessionPersistence: {}',
    'sessionPersistence: { type: Header, sessionName: X-Session, absoluteTimeout: 1h }',
    'sessionPersistence: { absoluteTimeout: 24h, cookieConfig: { lifetimeType: Permanent } }',
    'timeouts: { connect: 100ms }',
    'timeouts: { connect: 1m }',
    'balancing: { type: Utilization }',
    'balancing: { type: Utilization, utilization: { blackout: 0s, expiry: 1m, errorPenalty: 0.5 } }',
    hashed('{ by: Address }'),
    hashed('{ by: Header, name: X-User }'),
    hashed('{ by: Query, name: user.id }'),
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
    ['timeouts: { connect: 10ms }', 'spec.timeouts.connect', 'write 100ms to 1m'],
    ['timeouts: { connect: 0s }', 'spec.timeouts.connect', 'write 100ms to 1m'],
    ['circuitBreaker: { errorPercent: 0 }', 'spec.circuitBreaker.errorPercent', '1'],
    ['circuitBreaker: { halfOpenRequests: 17 }', 'spec.circuitBreaker.halfOpenRequests', '16'],
    ['circuitBreaker: { openFor: 10ms }', 'spec.circuitBreaker.openFor', 'write 100ms to 1h'],
    ['connectionLimits: {}', 'spec.connectionLimits', 'write maxConnections or maxParallelRequests'],
    [
      'connectionLimits: { maxParallelRequests: 1, maxPendingRequests: 1 }',
      'spec.connectionLimits.maxPendingRequests',
      'write maxConnections',
    ],
    [
      'precedence: Override',
      'spec',
      'write timeouts, retry, balancing, sessionPersistence, circuitBreaker, connectionLimits or rateLimits',
    ],
  ])('is refused that says %s', (spec, path, words) => {
    const problems = problemsOf(spec);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
    expect(problems[0]!.split(' ')[0]).toContain(path);
  });
});
