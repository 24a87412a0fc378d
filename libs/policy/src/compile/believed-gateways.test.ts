// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Document } from '../documents/index.ts';
import { readDocuments } from './goldens/read-documents.ts';
import { createCompiler } from './index.ts';
import type { Compilation } from './index.ts';

/** A compiler that is told what is written, object by object, as one of a cluster is. */
class Cluster {
  private readonly documents = new Map<string, Document>();
  private readonly compiler;

  constructor(hasOwnProxies = true) {
    this.compiler = createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['0.0.0.0'], hasOwnProxies });
  }

  write(...objects: readonly object[]): Compilation {
    for (const object of objects) {
      for (const [key, document] of readDocuments(JSON.stringify(object))) this.documents.set(key, document);
    }
    return this.compiler.update(new Map(this.documents));
  }

  remove(key: string): Compilation {
    if (!this.documents.delete(key)) throw new Error(`nothing is written of ${key}`);
    return this.compiler.update(new Map(this.documents));
  }
}

interface GatewayParts {
  readonly className?: string;
  readonly created?: string;
}

const gatewayOf = (namespace: string, { className = 'weir', created = '2026-01-01T00:00:00Z' }: GatewayParts = {}): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace, creationTimestamp: created },
  spec: { gatewayClassName: className, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
});

const WEB = { name: 'web', namespace: 'shop', port: 80 };
const GATEWAY = { name: 'edge' };
const SERVICE = { group: '', kind: 'Service', name: 'web', namespace: 'shop' };

interface RouteParts {
  readonly parent?: object;
  readonly filters?: readonly object[];
  readonly backend?: object;
}

const routeOf = (namespace: string, { parent = GATEWAY, filters = [], backend = WEB }: RouteParts = {}): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace },
  spec: { parentRefs: [parent], rules: [{ filters, backendRefs: [backend] }] },
});

const streamsOf = (namespace: string): readonly object[] => [
  {
    ...gatewayOf(namespace),
    spec: { gatewayClassName: 'weir', listeners: [{ name: 'tcp', port: 90, protocol: 'TCP' }] },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TCPRoute',
    metadata: { name: 'web', namespace },
    spec: { parentRefs: [GATEWAY], rules: [{ backendRefs: [WEB] }] },
  },
];

const grantFor = (...namespaces: readonly string[]): object => ({
  apiVersion: 'gateway.networking.k8s.io/v1beta1',
  kind: 'ReferenceGrant',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    from: namespaces.map(namespace => ({ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace })),
    to: [{ group: '', kind: 'Service', name: 'web' }],
  },
});

const serviceOf = (name: string): readonly object[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 81, name: 'http-more' },
      ],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-1`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': name },
      annotations: { 'weir.dev/identity': `shop/${name}` },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [
      { name: 'http', port: 3000 },
      { name: 'http-more', port: 3001 },
    ],
  },
];
const SHOP = [...serviceOf('web'), ...serviceOf('other')];

/** Who is believed at port 80 of `shop/web`, by those who serve it. */
function believedAt({ snapshot }: Compilation, { service, port }: Omit<typeof WEB, 'name' | 'namespace'> & { service: string }) {
  const workload = snapshot.resources.get(`workload/shop/${service}/10.0.0.1`);
  const services = workload?.kind === 'workload' ? workload.ports.flatMap(one => one.services) : [];
  const found = services.find(({ label }) => label === `shop/${service}:${port}`);
  if (found === undefined) throw new Error(`shop/${service}:${port} is served by nobody`);
  return found.gateways;
}

const believed = (compilation: Compilation) => believedAt(compilation, { service: 'web', port: 80 });

describe('who is believed about clients at a Service', () => {
  it('is the Gateway of a route that leads to this very port, and no other Gateway of the mesh', () => {
    const compilation = new Cluster().write(...SHOP, gatewayOf('shop'), routeOf('shop'), gatewayOf('thief'));
    expect(believed(compilation)).toEqual(['shop/edge-weir']);
    expect(believedAt(compilation, { service: 'web', port: 81 })).toEqual([]);
    expect(believedAt(compilation, { service: 'other', port: 80 })).toEqual([]);
    expect(compilation.snapshot.resources.get('mesh-settings')).toMatchObject({
      gateways: ['shop/edge-weir', 'thief/edge-weir'],
    });
  });

  it('is nobody who has no grant, whatever his route says, and is as soon and as long as there is one', () => {
    const cluster = new Cluster();
    expect(believed(cluster.write(...SHOP, gatewayOf('thief'), routeOf('thief')))).toEqual([]);
    expect(believed(cluster.write(grantFor('thief')))).toEqual(['thief/edge-weir']);
    expect(believed(cluster.remove('ReferenceGrant/shop/web'))).toEqual([]);
  });

  it('is not the Gateway of a namespace whose consumer route leads there: that is about callers inside', () => {
    const consumer = routeOf('thief', { parent: SERVICE });
    expect(believed(new Cluster().write(...SHOP, gatewayOf('thief'), consumer))).toEqual([]);
  });

  it('is a Gateway that sends copies there', () => {
    const filters = [{ type: 'RequestMirror', requestMirror: { backendRef: WEB } }];
    const mirrored = routeOf('shop', { filters, backend: { name: 'other', namespace: 'shop', port: 81 } });
    const compilation = new Cluster().write(...SHOP, gatewayOf('shop'), mirrored);
    expect(believed(compilation)).toEqual(['shop/edge-weir']);
    expect(believedAt(compilation, { service: 'other', port: 81 })).toEqual(['shop/edge-weir']);
  });

  it('is no Gateway whose rule is refused, and none that carries connections whole', () => {
    const filters = [{ type: 'ExtensionRef', extensionRef: { group: 'example.com', kind: 'Guard', name: 'strict' } }];
    expect(believed(new Cluster().write(...SHOP, gatewayOf('shop'), routeOf('shop', { filters })))).toEqual([]);
    expect(believed(new Cluster().write(...SHOP, ...streamsOf('shop')))).toEqual([]);
  });

  it('goes with the route, with the Gateway, and by the name of its class', () => {
    const cluster = new Cluster();
    const others = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GatewayClass', metadata: { name: 'other' } };
    cluster.write({ ...others, spec: { controllerName: 'weir.dev/gateway-controller' } });
    cluster.write(...SHOP, gatewayOf('shop'), routeOf('shop'));
    expect(believed(cluster.write(gatewayOf('shop', { className: 'other' })))).toEqual(['shop/edge-other']);
    expect(believed(cluster.remove('Gateway/shop/edge'))).toEqual([]);
    expect(believed(cluster.write(gatewayOf('shop')))).toEqual(['shop/edge-weir']);
    expect(believed(cluster.remove('HTTPRoute/shop/web'))).toEqual([]);
  });

  it('changes those who serve that Service, and nobody else', () => {
    const cluster = new Cluster();
    cluster.write(...SHOP, gatewayOf('shop'), routeOf('shop'), gatewayOf('blue'), grantFor('blue'));
    const { transaction } = cluster.write(routeOf('blue'));
    const workloads = transaction.upserts.filter(({ kind }) => kind === 'workload' || kind.startsWith('mesh'));
    expect(workloads.map(({ name }) => name)).toEqual(['workload/shop/web/10.0.0.1']);
  });

  it('is as the settings of the mesh say, where one proxy serves all Gateways', () => {
    const compilation = new Cluster(false).write(...SHOP, gatewayOf('shop'));
    expect(believed(compilation)).toBeUndefined();
    expect(compilation.snapshot.resources.get('mesh-settings')).toMatchObject({ gateways: ['weir-system/gateway'] });
  });

  it('are the 64 oldest Gateways, and a warning names the first that is not', () => {
    const namespaces = Array.from({ length: 65 }, (_, index) => `team-${String(index).padStart(2, '0')}`);
    const young = { created: '2026-02-01T00:00:00Z' };
    const gateways = namespaces.map((namespace, index) => gatewayOf(namespace, index === 0 ? young : {}));
    const routes = namespaces.map(namespace => routeOf(namespace));
    const grants = [grantFor(...namespaces.slice(0, 16))];
    for (let first = 16; first < 65; first += 16) {
      grants.push({
        ...grantFor(...namespaces.slice(first, first + 16)),
        metadata: { name: `web-${first}`, namespace: 'shop' },
      });
    }
    const compilation = new Cluster().write(...SHOP, ...gateways, ...routes, ...grants);
    expect(believed(compilation)).toEqual(namespaces.slice(1).map(namespace => `${namespace}/edge-weir`));
    expect(compilation.problems).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringContaining(
          'routes of 65 Gateways lead to port 80, and sidecars believe the 64 oldest of them about clients: team-00/edge-weir is the first that they do not',
        ),
      },
    ]);
  });
});
