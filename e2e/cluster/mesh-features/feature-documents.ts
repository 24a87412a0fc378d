// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from '../stage/manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

interface RouteOptions {
  readonly kind?: 'GRPCRoute' | 'HTTPRoute';
  /** More of the reference to `front`. */
  readonly parent: Fields;
  readonly rules: readonly Fields[];
}

/** A Service without pods: what answers for it is what its routes lead to. */
export function frontService(): Manifest {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'http-admin', port: 8080 },
    { name: 'grpc', port: 50_051, appProtocol: 'kubernetes.io/h2c' },
  ];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'front' }, spec: { ports } };
}

/** A route with the Service `front` as its parent (GAMMA). */
export function frontRoute(name: string, { kind = 'HTTPRoute', parent, rules }: RouteOptions): Manifest {
  const parentRefs = [{ group: '', kind: 'Service', name: 'front', ...parent }];
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name }, spec: { parentRefs, rules } };
}

const to = (name: string, more: Fields = {}): Fields => ({ name, port: 80, ...more });
const at = (value: string, more: Fields = {}): Fields => ({ path: { type: 'PathPrefix', value }, ...more });
const header = (name: string, value: string): Fields => ({ headers: [{ name, value }] });
const redirect = (path: string, requestRedirect: Fields): Fields => ({
  matches: [at(path)],
  filters: [{ type: 'RequestRedirect', requestRedirect }],
});
const rewrite = (path: string, change: Fields): Fields => ({
  matches: [at(path)],
  filters: [{ type: 'URLRewrite', urlRewrite: { path: change } }],
  backendRefs: [to('one')],
});
const request = (requestHeaderModifier: Fields): Fields => ({ type: 'RequestHeaderModifier', requestHeaderModifier });
const answered = (value: string): Fields => ({
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { set: [{ name: 'x-route', value }] },
});

const MATCHES = [
  { matches: [at('/two')], backendRefs: [to('two')] },
  { matches: [{ path: { type: 'Exact', value: '/two/exact' } }], backendRefs: [to('one')] },
  { matches: [at('/by-header', header('version', 'two'))], backendRefs: [to('two')] },
  { matches: [at('/by-header')], backendRefs: [to('one')] },
  { matches: [at('/by-query', { queryParams: [{ name: 'animal', value: 'whale' }] })], backendRefs: [to('two')] },
  { matches: [at('/by-query')], backendRefs: [to('one')] },
  { name: 'named', matches: [at('/named')], backendRefs: [to('two')] },
];

const CHANGES = [
  {
    matches: [at('/headers')],
    filters: [
      request({
        set: [{ name: 'x-set', value: 'route' }],
        add: [{ name: 'x-add', value: 'route' }],
        remove: ['x-remove'],
      }),
      answered('headers'),
    ],
    backendRefs: [to('one')],
  },
  { matches: [at('/of-backend')], backendRefs: [to('one', { filters: [request({ set: [{ name: 'x-set', value: 'one' }] })] })] },
  rewrite('/prefix', { type: 'ReplacePrefixMatch', replacePrefixMatch: '/inner' }),
  rewrite('/full', { type: 'ReplaceFullPath', replaceFullPath: '/whole' }),
  { matches: [at('/weights')], backendRefs: [to('one', { weight: 80 }), to('two', { weight: 20 })] },
];

const REDIRECTS = [
  redirect('/to-host', { hostname: 'example.org' }),
  redirect('/to-host-301', { hostname: 'example.org', statusCode: 301 }),
  redirect('/to-https', { scheme: 'https' }),
  redirect('/to-port', { port: 8083 }),
  redirect('/to-prefix', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } }),
  redirect('/to-full', { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } }),
  redirect('/see-other', { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' }, statusCode: 303 }),
  redirect('/temporary', { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' }, statusCode: 307 }),
  redirect('/permanent', { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' }, statusCode: 308 }),
];

const CALLS = [
  {
    matches: [{ method: { service: 'shop.Stock', method: 'Get' }, headers: [{ name: 'x-rule', value: 'weights' }] }],
    backendRefs: [to('one', { port: 50_051, weight: 80 }), to('two', { port: 50_051, weight: 20 })],
  },
  {
    name: 'named',
    matches: [{ method: { service: 'shop.Stock' }, headers: [{ name: 'x-rule', value: 'filters' }] }],
    filters: [
      request({ set: [{ name: 'x-tenant', value: 'shop' }] }),
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-via', value: 'mesh' }] } },
    ],
    backendRefs: [to('two', { port: 50_051 })],
  },
];

/** Routes of the Service `front`, which lead to `one` and `two`. */
export const PRODUCER_ROUTES: readonly Manifest[] = [
  frontRoute('matches', { parent: { port: 80 }, rules: MATCHES }),
  frontRoute('changes', { parent: { port: 80 }, rules: CHANGES }),
  frontRoute('redirects', { parent: { port: 80 }, rules: REDIRECTS }),
  frontRoute('admin', {
    parent: { sectionName: 'http-admin' },
    rules: [{ filters: [answered('admin')], backendRefs: [to('two')] }],
  }),
  frontRoute('calls', { kind: 'GRPCRoute', parent: { port: 50_051 }, rules: CALLS }),
];

/** A route for callers of its own namespace alone, to a Service of another one, which needs no grant for that. */
export function consumerRoute(namespace: string): Manifest {
  const rules = [{ filters: [answered('consumer')], backendRefs: [to('one', { namespace })] }];
  return frontRoute('guests', { parent: { namespace, port: 80 }, rules });
}
