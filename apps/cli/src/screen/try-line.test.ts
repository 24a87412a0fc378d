// SPDX-License-Identifier: Apache-2.0
import type { Attachment, Backend, Port, Resource, RouteMatch, RouteRule, Snapshot } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { tryLine } from './try-line.ts';

const backend: Backend = {
  kind: 'backend',
  name: 'backend/shop/cart/80',
  label: 'shop/cart:80',
  protocol: 'http1',
  tls: undefined,
  proxyProtocol: undefined,
  balance: 'leastRequest',
  connectTimeoutMs: 1000,
  sessionPersistence: undefined,
  circuitBreaker: undefined,
  connectionLimits: undefined,
  sources: [],
  endpoints: [{ address: '127.0.0.1', port: 9000 }],
};

const http: Port = {
  kind: 'port',
  name: 'port/0.0.0.0/8080',
  address: '0.0.0.0',
  port: 8080,
  protocol: 'HTTP',
  proxyProtocolFrom: [],
  listeners: [{ name: 'shop/edge/http', hostname: '*', protocol: 'HTTP', tls: undefined, backendCertificate: undefined }],
};

const https: Port = {
  kind: 'port',
  name: 'port/127.0.0.1/8443',
  address: '127.0.0.1',
  port: 8443,
  protocol: 'TLS',
  proxyProtocolFrom: [],
  listeners: [
    {
      name: 'shop/edge/https',
      hostname: '*.shop.example',
      protocol: 'HTTPS',
      tls: { mode: 'terminate', minVersion: 'TLSv1.2', ciphers: undefined, certificates: [], clientValidation: undefined },
      backendCertificate: undefined,
    },
  ],
};

const anyMatch: RouteMatch = { path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] };

function rule(match: Partial<RouteMatch>, attachment: Partial<Attachment> = {}, index = 0): RouteRule {
  return {
    kind: 'routeRule',
    routeKind: 'HTTPRoute',
    name: `rule/shop/cart/${index}`,
    route: 'shop/cart',
    rule: String(index),
    createdMs: 0,
    index,
    attachments: [{ listener: 'shop/edge/http', hostnames: ['*'], access: undefined, traffic: undefined, ...attachment }],
    matches: [{ ...anyMatch, ...match }],
    action: {
      refusal: undefined,
      filters: [],
      backends: [{ backend: backend.name, label: backend.label, weight: 1, filters: [], access: undefined }],
      requestTimeoutMs: 0,
      attemptTimeoutMs: 0,
      retry: undefined,
      sessionPersistence: undefined,
    },
  };
}

function lineFor(...resources: readonly Resource[]): string | undefined {
  const snapshot: Snapshot = { version: 1, resources: new Map(resources.map(resource => [resource.name, resource])) };
  return tryLine(snapshot, () => true);
}

describe('the line to try', () => {
  it('is as short as the routes allow', () => {
    expect(lineFor(http, backend, rule({}))).toBe('curl http://127.0.0.1:8080/');
  });

  it('carries what the route asks for', () => {
    const match: Partial<RouteMatch> = {
      path: { kind: 'exact', value: '/cart' },
      method: 'POST',
      headers: [{ name: 'x-canary', kind: 'exact', value: "it's on" }],
      query: [{ name: 'page', kind: 'exact', value: 'a b' }],
    };
    expect(lineFor(http, backend, rule(match, { hostnames: ['api.shop.example'] }))).toBe(
      String.raw`curl -X POST -H 'Host: api.shop.example' -H 'x-canary: it'\''s on' 'http://127.0.0.1:8080/cart?page=a%20b'`,
    );
  });

  it('makes up a host under a wildcard, and resolves it by hand for TLS', () => {
    expect(lineFor(https, backend, rule({}, { listener: 'shop/edge/https' }))).toBe(
      'curl -k --resolve www.shop.example:8443:127.0.0.1 https://www.shop.example:8443/',
    );
  });

  it('leaves out rules that would not reach a backend', () => {
    const { action, ...rest } = rule({ path: { kind: 'prefix', value: '/a' } });
    const broken: RouteRule = { ...rest, action: { ...action, backends: [] } };
    const good = rule({ path: { kind: 'prefix', value: '/longer' } }, {}, 1);
    expect(lineFor(http, backend, broken, good)).toBe('curl http://127.0.0.1:8080/longer');
    expect(lineFor(http, { ...backend, endpoints: [] }, good)).toBeUndefined();
  });

  it('leaves out patterns, which a person would have to make up', () => {
    expect(lineFor(http, backend, rule({ path: { kind: 'regex', value: '/a+' } }))).toBeUndefined();
  });

  it('leaves out ports that are not open', () => {
    const snapshot: Snapshot = {
      version: 1,
      resources: new Map([http, backend, rule({})].map(resource => [resource.name, resource])),
    };
    expect(tryLine(snapshot, () => false)).toBeUndefined();
  });
});
