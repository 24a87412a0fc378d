// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Document } from '../documents/index.ts';
import type { Resource, RouteRule, StreamRule } from '../snapshot/index.ts';
import type { Compilation } from './index.ts';
import { createCompiler } from './index.ts';
import { danglingReferences, secretsOfCallers } from './goldens/invariants.ts';
import { accessObjects } from './random-access.ts';
import { readDocuments } from './goldens/read-documents.ts';

const OPTIONS = { clock: { wallMs: () => 0 }, defaultAddresses: ['127.0.0.1'] };

const namespace = fc.constantFrom('shop', 'stock');
const service = fc.constantFrom('a', 'b', 'c');
const hostnames = fc.subarray(['shop.example', '*.shop.example', '*.example']);

const gateways = fc.record({
  apiVersion: fc.constant('gateway.networking.k8s.io/v1'),
  kind: fc.constant('Gateway'),
  metadata: fc.record({ name: fc.constantFrom('edge', 'side'), namespace }),
  spec: fc.record({
    gatewayClassName: fc.constantFrom('weir', 'weir', 'elsewhere'),
    allowedListeners: fc.record({ namespaces: fc.record({ from: fc.constantFrom('All', 'Same', 'None') }) }),
    listeners: fc.uniqueArray(
      fc.record(
        {
          name: fc.constantFrom('one', 'two', 'three'),
          port: fc.constantFrom(80, 81),
          protocol: fc.constantFrom('HTTP', 'HTTP', 'HTTP', 'TCP', 'UDP'),
          allowedRoutes: fc.record({ namespaces: fc.record({ from: fc.constantFrom('All', 'Same') }) }),
        },
        { noNullPrototype: true },
      ),
      {
        minLength: 1,
        comparator: (left, right) => left.name === right.name || (left.port === right.port && left.protocol === right.protocol),
      },
    ),
  }),
});

const listenerSets = fc.record({
  apiVersion: fc.constant('gateway.networking.k8s.io/v1'),
  kind: fc.constant('ListenerSet'),
  metadata: fc.record({ name: fc.constantFrom('l', 'm'), namespace }),
  spec: fc.record({
    parentRef: fc.record({ name: fc.constantFrom('edge', 'side', 'none'), namespace }),
    listeners: fc.tuple(
      fc.record({
        name: fc.constantFrom('one', 'two'),
        port: fc.constantFrom(80, 81, 82),
        protocol: fc.constantFrom('HTTP', 'HTTP', 'TCP'),
      }),
    ),
  }),
});

const tlsPolicies = fc.record({
  apiVersion: fc.constant('gateway.networking.k8s.io/v1'),
  kind: fc.constant('BackendTLSPolicy'),
  metadata: fc.record({ name: fc.constantFrom('p', 'q'), namespace }),
  spec: fc.record({
    targetRefs: fc.tuple(fc.record({ group: fc.constant(''), kind: fc.constant('Service'), name: service })),
    validation: fc.constantFrom(
      { hostname: 'a.example', wellKnownCACertificates: 'System' },
      { hostname: 'b.example', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'none' }] },
    ),
  }),
});

const gatewayRef = fc.record({ name: fc.constantFrom('edge', 'side', 'none'), namespace });
const setRef = fc.record({ kind: fc.constant('ListenerSet'), name: fc.constantFrom('l', 'm', 'none'), namespace });

/** A parent in the mesh: of the route's own namespace or of another. */
const serviceRef = fc.record(
  { group: fc.constant(''), kind: fc.constant('Service'), name: service, namespace, port: fc.constantFrom(8080, 9090) },
  { requiredKeys: ['group', 'kind', 'name', 'namespace'], noNullPrototype: true },
);

const routes = fc.record({
  apiVersion: fc.constant('gateway.networking.k8s.io/v1'),
  kind: fc.constant('HTTPRoute'),
  metadata: fc.record({ name: fc.constantFrom('x', 'y', 'z'), namespace }),
  spec: fc.record({
    parentRefs: fc.uniqueArray(fc.oneof(gatewayRef, setRef, serviceRef), {
      minLength: 1,
      selector: ({ name, namespace: home, ...rest }) => JSON.stringify([name, home, 'kind' in rest ? rest.kind : '']),
    }),
    hostnames,
    rules: fc
      .array(
        fc.record({
          matches: fc.tuple(fc.record({ path: fc.record({ value: fc.constantFrom('/', '/a', '/b') }) })),
          filters: fc.constantFrom<object[]>(
            [],
            [],
            [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'a', port: 8080 } } }],
            [{ type: 'URLRewrite', urlRewrite: { hostname: 'elsewhere.example' } }],
          ),
          backendRefs: fc.array(
            fc.record({
              name: service,
              namespace,
              port: fc.constantFrom(8080, 9090),
              kind: fc.constantFrom('Service', 'Service', 'Other'),
            }),
            { maxLength: 2 },
          ),
        }),
        { minLength: 1, maxLength: 2 },
      )
      .map(([first, second]) => [{ name: 'first', ...first }, ...(second === undefined ? [] : [second])]),
  }),
});

const times = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z');
const backendRefs = fc.array(fc.record({ name: service, namespace, port: fc.constantFrom(8080, 9090) }), {
  minLength: 1,
  maxLength: 2,
});

/** Beside HTTPRoutes: kinds that share their names, their hosts and their backends. */
const otherRoutes = fc
  .record({
    kind: fc.constantFrom('GRPCRoute', 'GRPCRoute', 'TCPRoute', 'UDPRoute'),
    metadata: fc.record({ name: fc.constantFrom('x', 'y'), namespace, creationTimestamp: times }),
    parent: fc.oneof(fc.record({ name: fc.constantFrom('edge', 'side'), namespace }), serviceRef),
    hostnames,
    backendRefs,
  })
  .map(({ kind, metadata, parent, hostnames: hosts, backendRefs: refs }) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata,
    spec: {
      parentRefs: [parent],
      ...(kind === 'GRPCRoute' ? { hostnames: hosts } : {}),
      rules: [{ backendRefs: refs }],
    },
  }));

const services = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('Service'),
  metadata: fc.record({ name: service, namespace }),
  spec: fc.record({
    type: fc.constantFrom('ClusterIP', 'ClusterIP', 'ExternalName'),
    clusterIP: fc.constantFrom('None', '10.96.0.1'),
    ports: fc.constantFrom('http', 'tcp', undefined).map(appProtocol => [{ port: 8080, ...(appProtocol && { appProtocol }) }]),
  }),
});

/** The address tells whose it is: `10.NAMESPACE.SERVICE.n`. */
const slices = fc
  .record({
    name: service,
    namespace,
    host: fc.integer({ min: 1, max: 3 }),
    isReady: fc.boolean(),
    suffix: fc.constantFrom('1', '2'),
    identity: fc.constantFrom('shop/a', 'stock/b', undefined, undefined, undefined),
  })
  .map(({ name, namespace: home, host, isReady, suffix, identity }) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${suffix}`,
      namespace: home,
      labels: { 'kubernetes.io/service-name': name },
      annotations: identity === undefined ? {} : { 'weir.dev/identity': identity },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`${addressPrefix(home, name)}${host}`], conditions: { ready: isReady } }],
    ports: [{ port: 3000 }],
  }));

function addressPrefix(home: string, name: string): string {
  return `10.${home === 'shop' ? 1 : 2}.${name.charCodeAt(0)}.`;
}

const trafficObjects = fc.record({
  apiVersion: fc.constant('weir.dev/v1alpha1'),
  kind: fc.constant('TrafficPolicy'),
  metadata: fc.record({ name: fc.constantFrom('t', 'u'), namespace }),
  spec: fc.record(
    {
      targetRefs: fc.oneof(
        fc.record({ group: fc.constant(''), kind: fc.constant('Service'), name: service }).map(ref => [ref]),
        fc
          .record({
            group: fc.constant('gateway.networking.k8s.io'),
            kind: fc.constantFrom('HTTPRoute', 'GRPCRoute'),
            name: fc.constantFrom('x', 'y'),
          })
          .map(ref => [ref]),
      ),
      timeouts: fc.constant({ request: '1s' }),
      rateLimits: fc.constant([{ name: 'few', windows: [{ requests: 3, per: '1m' }] }]),
    },
    { requiredKeys: ['targetRefs', 'timeouts'], noNullPrototype: true },
  ),
});

const grants = fc.record({
  apiVersion: fc.constant('gateway.networking.k8s.io/v1'),
  kind: fc.constant('ReferenceGrant'),
  metadata: fc.record({ name: fc.constantFrom('g', 'h'), namespace }),
  spec: fc.record({
    from: fc.tuple(
      fc.record({
        group: fc.constant('gateway.networking.k8s.io'),
        kind: fc.constantFrom('HTTPRoute', 'HTTPRoute', 'GRPCRoute', 'TCPRoute'),
        namespace,
      }),
    ),
    to: fc.tuple(fc.record({ group: fc.constant(''), kind: fc.constant('Service'), name: service })),
  }),
});

const meshes = fc.record({
  apiVersion: fc.constant('gateway.networking.x-k8s.io/v1alpha1'),
  kind: fc.constant('XMesh'),
  metadata: fc.record({ name: fc.constantFrom('m', 'n') }),
  spec: fc.record({
    controllerName: fc.constantFrom('weir.dev/mesh-controller', 'example.com/other'),
    parametersRef: fc.constantFrom(
      { group: '', kind: 'ConfigMap', name: 'settings', namespace: 'shop' },
      { group: '', kind: 'ConfigMap', name: 'none', namespace: 'shop' },
    ),
  }),
});

const settings = fc.record({
  apiVersion: fc.constant('v1'),
  kind: fc.constant('ConfigMap'),
  metadata: fc.constant({ name: 'settings', namespace: 'shop' }),
  data: fc.constantFrom<Record<string, string>>({ trustDomain: 'shop.example' }, { ranges: '10.0.0.0/8' }, { domain: 'x' }),
});

/** One text for one object: the same text is the same Document, as it is for a reader that keeps what did not change. */
const parsed = new Map<string, readonly [string, Document]>();

function documentOf(object: object): readonly [string, Document] {
  const text = JSON.stringify(object);
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const [entry] = readDocuments(text);
  parsed.set(text, entry!);
  return entry!;
}

const objects = fc.oneof(
  ...[gateways, routes, routes, otherRoutes, services, services, slices, grants, listenerSets, tlsPolicies],
  ...[accessObjects, accessObjects, slices, slices, meshes, settings, trafficObjects],
);

const documentSets = fc.array(objects, { maxLength: 24 }).map(list => new Map(list.map(documentOf)));

/** What happens to a directory: an object is written, or the one at a place is removed. */
const edits = fc.oneof(objects.map(documentOf), fc.nat({ max: 23 }));

/** A set of documents and what becomes of it, a few edits at a time. */
const histories = fc
  .tuple(documentSets, fc.array(fc.array(edits, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 8 }))
  .map(([first, steps]) => {
    const history = [first];
    for (const step of steps) {
      const next = new Map(history.at(-1));
      for (const edit of step) {
        if (typeof edit === 'number') next.delete([...next.keys()][edit] ?? '');
        else next.set(...edit);
      }
      history.push(next);
    }
    return history;
  });

function fresh(documents: ReadonlyMap<string, Document>): Compilation {
  return createCompiler(OPTIONS).update(documents);
}

function applyTransaction(
  before: ReadonlyMap<string, Resource>,
  { upserts, removes }: Compilation['transaction'],
): Map<string, Resource> {
  const after = new Map(before);
  for (const name of removes) after.delete(name);
  for (const resource of upserts) after.set(resource.name, resource);
  return after;
}

/** Comparing texts is what keeps hundreds of runs fast. */
function textOf(values: ReadonlyMap<string, unknown>): string {
  return JSON.stringify(
    [...values].sort(([left], [right]) => (left < right ? -1 : 1)),
    undefined,
    1,
  );
}

function textOfAll({ snapshot, statuses, problems }: Compilation): string {
  return [textOf(snapshot.resources), textOf(statuses), JSON.stringify(problems, undefined, 1)].join('\n');
}

describe('a compiler given any documents', () => {
  it.each([false, true])('comes step by step to what it would come to at once (proxies of its own: %s)', hasOwnProxies => {
    const options = { ...OPTIONS, hasOwnProxies };
    fc.assert(
      fc.property(histories, steps => {
        const { update } = createCompiler(options);
        let held = new Map<string, Resource>();
        for (const documents of steps) {
          const compilation = update(documents);
          const expected = createCompiler(options).update(documents);
          held = applyTransaction(held, compilation.transaction);
          expect(textOf(held)).toBe(textOf(expected.snapshot.resources));
          expect(textOfAll(compilation)).toBe(textOfAll(expected));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('does not care for their order, and leaves no reference open', () => {
    fc.assert(
      fc.property(documentSets, documents => {
        const compilation = fresh(documents);
        const reversed = fresh(new Map([...documents].reverse()));
        expect(danglingReferences(compilation.snapshot)).toEqual([]);
        expect(secretsOfCallers(compilation.snapshot)).toEqual([]);
        expect(textOfAll(reversed)).toBe(textOfAll(compilation));
      }),
      { numRuns: 100 },
    );
  });

  it('never sends a request to an endpoint that its route did not name', () => {
    fc.assert(
      fc.property(documentSets, documents => {
        for (const resource of fresh(documents).snapshot.resources.values()) {
          if (resource.kind === 'backend') assertOwnEndpoints(resource.name, resource.endpoints);
          if (resource.kind !== 'routeRule' && resource.kind !== 'streamRule') continue;
          const [home = ''] = resource.route.split('/');
          const backends = resource.kind === 'routeRule' ? resource.action.backends : resource.backends;
          for (const { backend, label } of backends) {
            // Its own application, a receiver calls; what is behind the Service whose callers they are, everybody may.
            if (backend === undefined || backend.startsWith('local/') || isOwn(resource, label)) continue;
            expect(backend.replace(/\/(?:http2|udp)$/, '')).toBe(`backend/${label.replace(':', '/')}`);
            expect(isReachable(documents, { home, kind: resource.routeKind }, label)).toBe(true);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** Whether all who come to the rule have called the very Service that it leads to. */
function isOwn({ attachments }: RouteRule | StreamRule, label: string): boolean {
  return attachments.every(({ listener }) => listener.split('@', 1)[0] === `mesh/${label.replace(':', '/')}`);
}

function assertOwnEndpoints(name: string, endpoints: readonly { readonly address: string }[]): void {
  const [, home = '', owner = ''] = name.split('/');
  for (const { address } of endpoints) expect(address.startsWith(addressPrefix(home, owner))).toBe(true);
}

/** The plain rule: the Service is there and is no alias, has the port, and is at home or granted. */
function isReachable(
  documents: ReadonlyMap<string, Document>,
  { home, kind }: { home: string; kind: string },
  label: string,
): boolean {
  const [target = '', port] = label.split(':');
  const [targetNamespace = '', name] = target.split('/');
  const found = documents.get(`Service/${target}`);
  if (found?.kind !== 'Service' || found.spec.type === 'ExternalName' || port !== '8080') return false;
  if (targetNamespace === home) return true;
  return [...documents.values()].some(
    grant =>
      grant.kind === 'ReferenceGrant' &&
      grant.namespace === targetNamespace &&
      grant.spec.from.some(from => from.namespace === home && from.kind === kind) &&
      grant.spec.to.some(to => to.name === name),
  );
}
