// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grpcService, routePrefix } from '../load/route-paths.ts';
import type { CertifiedListener } from './certificates.ts';
import type { PeerSetup, PolicySetup, TlsFiles } from './peer.ts';

/** What only some scenarios ask of the gateway. */
export interface WeirSetup extends PeerSetup {
  /** Listeners for TLS, in place of the one for all hosts. */
  readonly certified?: readonly CertifiedListener[];
  /** A Rollout of the backend that stays at a fifth of the requests, which are counted each for itself or kept together by client. */
  readonly rollout?: 'clients' | 'requests';
  /** Where the backend listens; absent = 127.0.0.1. */
  readonly backendAddresses?: readonly string[];
}

type Document = Readonly<Record<string, unknown>>;

/** Response field that says which edit of a route answered. */
export const EDIT_FIELD = 'x-edit';

/** Writes a Gateway, a Service with its endpoint, and each route in a file of its own; returns their directory. */
export function writeWeirDocuments(setup: WeirSetup): string {
  const directory = join(setup.directory, 'documents');
  mkdirSync(join(directory, 'routes'), { recursive: true });
  write(join(directory, 'gateway.json'), [
    ...gatewayDocuments(setup),
    ...serviceDocuments(setup),
    ...policyDocuments(setup),
    ...rolloutDocuments(setup),
  ]);
  if (setup.protocol === 'tcp') write(join(directory, 'routes', 'tcp.json'), [TCP_ROUTE]);
  else if (setup.protocol === 'grpc') write(join(directory, 'routes', 'grpc.json'), grpcRoutes(setup.routeCount));
  else for (let index = 0; index < setup.routeCount; index++) writeRouteFile(directory, index);
  return directory;
}

/** Writes the file of one route; with `edit` its responses carry that number. */
export function writeRouteFile(directory: string, index: number, edit?: number): void {
  write(join(directory, 'routes', `route-${index}.json`), [routeDocument(index, edit)]);
}

function write(file: string, documents: readonly Document[]): void {
  const [only] = documents;
  writeFileSync(file, JSON.stringify(documents.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items: documents }));
}

const TCP_ROUTE: Document = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'TCPRoute',
  metadata: { name: 'all' },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'backend', port: 80 }] }] },
};

function grpcRoutes(routeCount: number): readonly Document[] {
  return Array.from({ length: routeCount }, (_, index) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GRPCRoute',
    metadata: { name: `route-${index}` },
    spec: {
      parentRefs: [{ name: 'edge' }],
      rules: [{ matches: [{ method: { service: grpcService(index) } }], backendRefs: [{ name: 'backend', port: 80 }] }],
    },
  }));
}

function gatewayDocuments(setup: WeirSetup): readonly Document[] {
  const { listenPort, tls, protocol, certified } = setup;
  if (certified !== undefined) return certifiedDocuments(listenPort, certified);
  const listener =
    tls === undefined
      ? { name: 'plain', port: listenPort, protocol: protocol === 'tcp' ? 'TCP' : 'HTTP' }
      : { name: 'https', port: listenPort, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'certificate' }] } };
  return [gatewayDocument([listener]), ...(tls === undefined ? [] : [secretDocument('certificate', tls)])];
}

function certifiedDocuments(port: number, certified: readonly CertifiedListener[]): readonly Document[] {
  const listeners = certified.map(({ hostname, hosts }, index) => ({
    name: `https-${index}`,
    hostname,
    port,
    protocol: 'HTTPS',
    tls: { certificateRefs: hosts.map(host => ({ name: host.hostname })) },
  }));
  const hosts = certified.flatMap(listener => listener.hosts);
  return [gatewayDocument(listeners), ...hosts.map(({ hostname, tls }) => secretDocument(hostname, tls))];
}

function gatewayDocument(listeners: readonly unknown[]): Document {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { gatewayClassName: 'weir', listeners },
  };
}

function secretDocument(name: string, { certificateFile, keyFile }: TlsFiles): Document {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': readFileSync(certificateFile, 'base64'), 'tls.key': readFileSync(keyFile, 'base64') },
  };
}

function policyDocuments({ policies }: WeirSetup): readonly Document[] {
  if (policies === undefined) return [];
  const { parts } = policies;
  return [
    ...(parts.has('tokens') || parts.has('rule') ? [policyDocument('AccessPolicy', accessSpec(policies))] : []),
    ...(parts.has('limit') ? [policyDocument('TrafficPolicy', { rateLimits: [rateLimit(policies)] })] : []),
    ...(parts.has('places') ? [policyDocument('TrafficPolicy', { concurrencyLimits: [PLACES] })] : []),
    ...(parts.has('breaker') ? [policyDocument('TrafficPolicy', BREAKER)] : []),
  ];
}

function rolloutDocuments(setup: WeirSetup): readonly Document[] {
  const { rollout } = setup;
  if (rollout === undefined) return [];
  const steps = [{ weight: 20 }, { pause: {} }];
  const assignment = rollout === 'clients' ? { assignment: { header: 'User-Agent' } } : {};
  const revisions = { services: { stable: 'stable', candidate: 'candidate' } };
  const spec = { targetRef: { name: 'backend' }, revisions, strategy: { canary: { steps } }, ...assignment };
  return [
    ...serviceDocuments(setup, 'stable'),
    ...serviceDocuments(setup, 'candidate'),
    { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'measured' }, spec },
  ];
}

function policyDocument(kind: string, spec: object): Document {
  return {
    apiVersion: 'weir.dev/v1alpha1',
    kind,
    metadata: { name: 'measured' },
    spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }], ...spec },
  };
}

function accessSpec({ tokens: { issuer, audience, subject, jwks }, parts }: PolicySetup): object {
  const method = { name: 'issuer', jwt: { issuer, audiences: [audience], jwks: { inline: jwks } } };
  const condition = parts.has('tokens') ? { claims: [{ path: ['sub'], values: [subject] }] } : { methods: ['GET'] };
  return {
    ...(parts.has('tokens') ? { authentication: { methods: [method] } } : {}),
    ...(parts.has('rule') ? { authorization: { rules: [{ name: 'rule', action: 'Allow', ...condition }] } } : {}),
  };
}

/** More than any load here has connections. */
const PLACES = { name: 'places', requests: 10_000, queue: { size: 100, timeout: '1s' } };
/** Both look at each answer, and find nothing here. */
const BREAKER = { circuitBreaker: {}, outlierDetection: {} };

/** One that no load here comes to. */
function rateLimit({ parts }: PolicySetup): object {
  const key = parts.has('tokens') ? [{ by: 'Claim', claim: ['sub'] }] : [];
  return { name: 'limit', windows: [{ requests: 1_000_000, per: '1s' }], key };
}

function serviceDocuments(setup: WeirSetup, name = 'backend'): readonly Document[] {
  const { backendPort, isBackendHttp2, backendAddresses = ['127.0.0.1'] } = setup;
  const appProtocol = isBackendHttp2 ? { appProtocol: 'kubernetes.io/h2c' } : {};
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ name: 'http', port: 80, targetPort: backendPort, ...appProtocol }] },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: backendPort, ...appProtocol }],
      endpoints: backendAddresses.map(address => ({ addresses: [address] })),
    },
  ];
}

function routeDocument(index: number, edit: number | undefined): Document {
  const editFilter = {
    type: 'ResponseHeaderModifier',
    responseHeaderModifier: { set: [{ name: EDIT_FIELD, value: String(edit) }] },
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `route-${index}` },
    spec: {
      parentRefs: [{ name: 'edge' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: routePrefix(index) } }],
          ...(edit === undefined ? {} : { filters: [editFilter] }),
          backendRefs: [{ name: 'backend', port: 80 }],
        },
      ],
    },
  };
}
