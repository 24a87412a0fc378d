// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Backend } from '@weir/policy/snapshot';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { explain } from '../explain.ts';
import { compiledFrom, SHOP } from '../sample/compiled-documents.ts';
import { streamCalls } from './backend-calls.ts';

const GATEWAY = '{ group: gateway.networking.k8s.io, kind: Gateway, name: edge }';
const SERVICE = '{ group: "", kind: Service, name: cart }';

function policy(name: string, target: string, spec: string): string {
  return `apiVersion: weir.dev/v1alpha1\nkind: TrafficPolicy\nmetadata: { name: ${name}, namespace: shop }\nspec: { targetRefs: [${target}], ${spec} }`;
}

/** What explain says of how the shop's cart is called. */
function linesOf(...policies: readonly string[]): readonly string[] {
  const { snapshot } = compiledFrom(createManualClock(), SHOP, ...policies);
  const explained = explain(snapshot, { url: 'http://localhost:8080/cart', method: 'GET', headers: new HeaderList() });
  return explained.shares.flatMap(({ calls }) => calls.map(({ field, value, from }) => `${field}: ${value} (${from})`));
}

function backendOf(...policies: readonly string[]): Backend | undefined {
  const { snapshot } = compiledFrom(createManualClock(), SHOP, ...policies);
  return [...snapshot.resources.values()].find(resource => resource.kind === 'backend');
}

describe('how a backend is called, by policies', () => {
  it('is not said where none says anything', () => {
    expect(linesOf()).toEqual([]);
  });

  it('is said field by field, of the Gateway that calls and of the Service', () => {
    const lines = linesOf(
      policy('edge', GATEWAY, 'timeouts: { connect: 2s }, balancing: { type: Random }, circuitBreaker: {}'),
      policy('cart', SERVICE, 'balancing: { type: RoundRobin }, connectionLimits: { maxParallelRequests: 7 }'),
    );
    expect(lines).toEqual([
      'timeouts.connect: 2s (TrafficPolicy shop/edge on Gateway)',
      'balancing: in turn (TrafficPolicy shop/cart on Service)',
      'circuitBreaker: opens when 50 % of at least 20 attempts in 10s fail; after 5s one probe (TrafficPolicy shop/edge on Gateway)',
      'connectionLimits: 7 requests at a time (TrafficPolicy shop/cart on Service)',
    ]);
  });

  it('is said of endpoints that are left alone, each part with who says so', () => {
    const lines = linesOf(
      policy('edge', GATEWAY, 'healthCheck: { type: TCP }, slowStart: { window: 9s }'),
      policy('cart', SERVICE, 'outlierDetection: {}, panicThreshold: 0'),
    );
    expect(lines).toEqual([
      'outlierDetection: ejected after 5 failures in a row, for 30s to 5m, at most 10 % at once (TrafficPolicy shop/cart on Service)',
      'healthCheck: checked by TCP every 10s, left alone after 3 failures in a row (TrafficPolicy shop/edge on Gateway)',
      'slowStart: new endpoints have their full share after 9s (TrafficPolicy shop/edge on Gateway)',
      'panicThreshold: endpoints that are left alone are never used (TrafficPolicy shop/cart on Service)',
    ]);
  });

  it('says when a panic is, also where nobody has written it', () => {
    const lines = linesOf(policy('cart', SERVICE, 'healthCheck: { type: TCP }'));
    expect(lines.at(-1)).toBe('panicThreshold: all endpoints are used where fewer than 50 % are available (by default)');
  });

  it('says of connections nothing that is of requests', () => {
    const backend = backendOf(
      policy('cart', SERVICE, 'circuitBreaker: {}, connectionLimits: { maxConnections: 2, maxParallelRequests: 7 }'),
    );
    expect(streamCalls(backend)).toEqual([
      {
        field: 'connectionLimits',
        value: '2 connections, for which 1024 requests may wait',
        from: 'TrafficPolicy shop/cart on Service',
      },
    ]);
    expect(streamCalls(backendOf(policy('cart', SERVICE, 'connectionLimits: { maxParallelRequests: 7 }')))).toEqual([]);
  });

  it('is said with who overrides', () => {
    const lines = linesOf(
      policy('edge', GATEWAY, 'precedence: Override, balancing: { type: Random }'),
      policy('cart', SERVICE, 'balancing: { type: RoundRobin }'),
    );
    expect(lines).toEqual(['balancing: at random (TrafficPolicy shop/edge on Gateway, which overrides)']);
  });
});
