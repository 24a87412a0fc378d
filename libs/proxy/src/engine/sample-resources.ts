// SPDX-License-Identifier: Apache-2.0
import type { Backend, Certificate, ListenerTls, Port, RouteRule } from '@weir/policy/snapshot';

interface RuleParts {
  readonly path?: string;
  readonly regex?: string;
  readonly listeners?: readonly string[];
}

export function ruleOf(name: string, { path = `/${name}`, regex, listeners = ['one'] }: RuleParts = {}): RouteRule {
  const match = regex === undefined ? { kind: 'prefix' as const, value: path } : { kind: 'regex' as const, value: regex };
  return {
    kind: 'routeRule',
    routeKind: 'HTTPRoute',
    name: `rule/${name}`,
    route: `ns/${name}`,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments: listeners.map(listener => ({ listener, hostnames: ['*'], access: undefined, traffic: undefined })),
    matches: [{ path: match, method: undefined, headers: [], query: [] }],
    action: {
      refusal: undefined,
      filters: [],
      backends: [],
      requestTimeoutMs: 0,
      attemptTimeoutMs: 0,
      retry: undefined,
      sessionPersistence: undefined,
    },
  };
}

export function backendOf(name: string, ports: readonly number[], label = name): Backend {
  const endpoints = ports.map(port => ({ address: '127.0.0.1', port }));
  const kinds = {
    kind: 'backend',
    protocol: 'http1',
    balance: 'roundRobin',
    tls: undefined,
    proxyProtocol: undefined,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
  } as const;
  return { ...kinds, name: `backend/${name}`, label, connectTimeoutMs: 1000, endpoints };
}

export function portOf(port: number, protocol: Port['protocol'] = 'HTTP'): Port {
  const tls: ListenerTls = {
    mode: 'terminate',
    minVersion: 'TLSv1.2',
    ciphers: undefined,
    certificates: [],
    clientValidation: undefined,
  };
  const kinds = protocol === 'TLS' ? ({ protocol: 'HTTPS', tls } as const) : ({ protocol: 'HTTP', tls: undefined } as const);
  const listeners = [{ name: `on-${port}`, hostname: '*', ...kinds, backendCertificate: undefined }];
  const at = { name: `port/127.0.0.1/${port}`, address: '127.0.0.1', port };
  return { kind: 'port', ...at, protocol, proxyProtocolFrom: [], listeners };
}

/** Nothing here asks it for a context, so the PEM is never read. */
export function certificateOf(name: string): Certificate {
  return { kind: 'certificate', name: `certificate/${name}`, chainPem: '', keyPem: '', dnsNames: [name], notAfterMs: 0 };
}
