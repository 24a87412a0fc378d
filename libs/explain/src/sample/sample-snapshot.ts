// SPDX-License-Identifier: Apache-2.0
import type {
  AccessChain,
  AccessPolicy,
  Backend,
  Listener,
  Port,
  Resource,
  ResourceName,
  RouteMatch,
  RouteRule,
  RuleAction,
  Snapshot,
  StreamRule,
  WeightedBackend,
} from '@weir/policy/snapshot';

// Resources for tests: a line for each, with what the test is not about left out.

export function snapshotOf(...resources: readonly Resource[]): Snapshot {
  return { version: 1, resources: new Map(resources.map(resource => [resource.name, resource])) };
}

export function portOf(port: number, ...hostnames: readonly string[]): Port {
  const protocol = port === 8443 ? 'HTTPS' : 'HTTP';
  const tls = {
    mode: 'terminate',
    minVersion: 'TLSv1.2',
    ciphers: undefined,
    certificates: [],
    clientValidation: undefined,
  } as const;
  const listeners = hostnames.map((hostname, i): Listener => ({
    name: `shop/edge/${protocol.toLowerCase()}-${i}`,
    hostname,
    protocol,
    tls: protocol === 'HTTPS' ? tls : undefined,
    backendCertificate: undefined,
  }));
  const at = { name: `port/127.0.0.1/${port}`, address: '127.0.0.1', port };
  return { kind: 'port', ...at, protocol: protocol === 'HTTPS' ? 'TLS' : 'HTTP', proxyProtocolFrom: [], listeners };
}

/** Port 9443 of protocol TLS, TCP or UDP with one listener; TLS is passed through. */
export function streamPortOf(protocol: 'TCP' | 'TLS' | 'UDP', hostname = '*'): Port {
  const tls = {
    mode: 'passthrough',
    minVersion: 'TLSv1.2',
    ciphers: undefined,
    certificates: [],
    clientValidation: undefined,
  } as const;
  const listener: Listener = {
    name: `shop/edge/${protocol.toLowerCase()}`,
    hostname,
    protocol,
    tls: protocol === 'TLS' ? tls : undefined,
    backendCertificate: undefined,
  };
  const name = protocol === 'UDP' ? 'port/127.0.0.1/9443/udp' : 'port/127.0.0.1/9443';
  return { kind: 'port', name, address: '127.0.0.1', port: 9443, protocol, proxyProtocolFrom: [], listeners: [listener] };
}

/** Attached to the listener of `streamPortOf`; its backend is `shop/ROUTE:8080`. */
export function streamRuleOf(
  routeKind: StreamRule['routeKind'],
  route: string,
  hostnames: readonly string[] = ['*'],
): StreamRule {
  return {
    kind: 'streamRule',
    routeKind,
    name: `stream-rule/${routeKind}/shop/${route}/0`,
    route: `shop/${route}`,
    rule: '0',
    createdMs: 0,
    index: 0,
    attachments: [
      { listener: `shop/edge/${routeKind.slice(0, 3).toLowerCase()}`, hostnames, access: undefined, traffic: undefined },
    ],
    backends: [{ backend: `backend/shop/${route}/8080`, label: `shop/${route}:8080`, weight: 1, access: undefined }],
  };
}

export function matchOf(path: string, rest: Partial<RouteMatch> = {}): RouteMatch {
  return { path: { kind: 'prefix', value: path }, method: undefined, headers: [], query: [], ...rest };
}

interface RuleParts extends Partial<RuleAction> {
  readonly matches: readonly RouteMatch[];
  readonly hostnames?: readonly string[];
  readonly index?: number;
  readonly createdMs?: number;
}

/** Attached to the first HTTP and the first HTTPS listener of `portOf`. */
export function ruleOf(route: string, { matches, hostnames = ['*'], index = 0, createdMs = 0, ...action }: RuleParts): RouteRule {
  return {
    kind: 'routeRule',
    routeKind: 'HTTPRoute',
    name: `rule/shop/${route}/${index}`,
    route: `shop/${route}`,
    rule: String(index),
    createdMs,
    index,
    attachments: ['http-0', 'https-0'].map(listener => ({
      listener: `shop/edge/${listener}`,
      hostnames,
      access: undefined,
      traffic: undefined,
    })),
    matches,
    action: {
      refusal: undefined,
      filters: [],
      backends: [weighted(route)],
      requestTimeoutMs: undefined,
      attemptTimeoutMs: undefined,
      retry: undefined,
      sessionPersistence: undefined,
      ...action,
    },
  };
}

export function weighted(service: string, rest: Partial<WeightedBackend> = {}): WeightedBackend {
  return {
    backend: `backend/shop/${service}/8080`,
    label: `shop/${service}:8080`,
    weight: 1,
    filters: [],
    access: undefined,
    ...rest,
  };
}

/** One endpoint on loopback for each port. */
export function backendOf(service: string, ...ports: readonly number[]): Backend {
  return {
    kind: 'backend',
    name: `backend/shop/${service}/8080`,
    label: `shop/${service}:8080`,
    protocol: 'http1',
    tls: undefined,
    proxyProtocol: undefined,
    balance: 'leastRequest',
    connectTimeoutMs: 5_000,
    sessionPersistence: undefined,
    circuitBreaker: undefined,
    connectionLimits: undefined,
    sources: [],
    endpoints: ports.map(port => ({ address: '127.0.0.1', port })),
  };
}

/** Of policies on the Gateway. */
export function chainOf(name: ResourceName, ...policies: readonly string[]): AccessChain {
  const guards = policies.map(label => ({ ...GUARD, policy: `access-policy/${label}` as const }));
  return { kind: 'accessChain', name, guards };
}

const GUARD = { scope: 'Gateway', rank: 1, deniesByDefault: false, relaxed: [] } as const;

export function accessPolicyOf(label: string, parts: Partial<AccessPolicy>): AccessPolicy {
  const nothing = { unresolved: undefined, addresses: undefined, authentication: undefined, externalAuthorization: undefined };
  const noRules = { denyRules: [], allowRules: [] };
  return { kind: 'accessPolicy', name: `access-policy/${label}`, label, isShadow: false, ...nothing, ...noRules, ...parts };
}
