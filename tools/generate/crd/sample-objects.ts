// SPDX-License-Identifier: Apache-2.0

/** An object of one of Weir's own kinds, and what is right or wrong with it. */
export interface SampleObject {
  readonly about: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

const GATEWAY = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' };
const SERVICE = { group: '', kind: 'Service', name: 'cart' };
const KEYS = { name: 'keys', apiKey: { from: [{ header: 'x-api-key' }] } };

type Spec = SampleObject['spec'];

function access(about: string, spec: Spec): SampleObject {
  return { about, kind: 'AccessPolicy', spec: { targetRefs: [GATEWAY], ...spec } };
}

/** With addresses, so that it says something about access. */
function target(about: string, ...targetRefs: readonly Spec[]): SampleObject {
  return access(about, { targetRefs, addresses: { deny: ['192.0.2.7'] } });
}

function method(about: string, ...methods: readonly Spec[]): SampleObject {
  return access(about, { authentication: { methods } });
}

function rule(about: string, fields: Spec): SampleObject {
  return access(about, { authorization: { rules: [{ name: 'one', action: 'Allow', ...fields }] } });
}

function path(about: string, value: string): SampleObject {
  return rule(about, { paths: [{ type: 'Exact', value }] });
}

function consumer(about: string, spec: Spec): SampleObject {
  return { about, kind: 'Consumer', spec };
}

function balancing(about: string, spec: Spec): SampleObject {
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], balancing: spec } };
}

function calls(about: string, spec: Spec): SampleObject {
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], ...spec } };
}

/** With one limit, of which these are further fields. */
function stored(about: string, fields: Spec, redis?: Spec): SampleObject {
  const rateLimits = [{ name: 'all', windows: [{ requests: 1, per: '1s' }], ...fields }];
  const store = redis === undefined ? {} : { rateLimitStore: { redis } };
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], rateLimits, ...store } };
}

function limit(about: string, ...concurrencyLimits: readonly Spec[]): SampleObject {
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], concurrencyLimits } };
}

function fault(about: string, ...faults: readonly Spec[]): SampleObject {
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], faults } };
}

function session(about: string, spec: Spec): SampleObject {
  return { about, kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], sessionPersistence: spec } };
}

function selector(about: string, ...matchExpressions: readonly Spec[]): SampleObject {
  return method(about, { name: 'keys', apiKey: { ...KEYS.apiKey, consumers: { matchExpressions } } });
}

/** A canary between two Services. */
function rollout(about: string, spec: Spec): SampleObject {
  const revisions = { services: { stable: 'v1', candidate: 'v2' } };
  const strategy = { canary: { steps: [{ weight: 5 }] } };
  return { about, kind: 'Rollout', spec: { targetRef: { name: 'cart' }, revisions, strategy, ...spec } };
}

function introspection(endpoint: Spec): Spec {
  return { name: 'tokens', introspection: { endpoint, clientId: 'weir', clientSecretRef: { name: 'issuer-client' } } };
}

const many = (count: number, make: (index: number) => unknown): unknown[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** What Weir and an API server must both take. */
export const RIGHT_OBJECTS: readonly SampleObject[] = [
  access('the mode of a mesh alone', { targetRefs: [SERVICE], mutualTls: { mode: 'Strict' } }),
  access('addresses of both families, alone and in ranges', {
    addresses: { allow: ['10.0.0.0/8', '2001:db8::/32', '::1'], deny: ['192.0.2.7', '0.0.0.0/0'] },
  }),
  access('services that are asked about requests', {
    externalAuthorization: { grpc: { backendRef: { name: 'check', port: 9000 } }, onFailure: 'Open', timeout: '200ms' },
  }),
  access('a service that is asked over HTTP', {
    externalAuthorization: {
      http: { backendRef: { name: 'check', namespace: 'auth', port: 9000 }, path: '/verify', headersToBackend: ['X-User'] },
      forwardBody: { maxBytes: 1024 },
    },
  }),
  method('tokens that a Service is asked about', introspection({ backendRef: { name: 'issuer', port: 80 }, path: '/ask' })),
  method('tokens that a server outside is asked about', introspection({ url: 'https://issuer.example/ask' })),
  target(
    'every kind of target',
    GATEWAY,
    SERVICE,
    { ...GATEWAY, sectionName: 'https' },
    { group: '', kind: 'Namespace', name: 'shop' },
  ),
  target('a rule of a route', { ...GATEWAY, kind: 'HTTPRoute', sectionName: 'pay' }),
  method('keys in several places', {
    name: 'keys',
    apiKey: { from: [{ header: 'x-key' }, { query: 'key' }, { cookie: 'key' }] },
  }),
  access('a default alone', { authorization: { defaultAction: 'Deny' } }),
  access('only relaxes', { relax: ['authentication'] }),
  access('lets narrower ones relax', {
    authentication: { methods: [KEYS], anonymous: true },
    relaxable: [
      { part: 'authentication' },
      { part: 'authorization', namespaces: { from: 'Selector', selector: { matchLabels: { a: 'b' } } } },
    ],
  }),
  rule('all conditions', {
    methods: ['GET', 'POST'],
    paths: [{ value: '/pay' }, { type: 'RegularExpression', value: '/[a-z]+' }, {}],
    headers: [{ name: 'x-tier', values: ['gold'] }],
    consumers: ['mobile'],
    identities: ['shop/cart', 'stock/*'],
    groups: ['staff'],
    claims: [{ path: ['realm_access', 'roles'], values: ['admin'] }],
    addresses: ['192.0.2.0/24'],
  }),
  path('a path with every character that one may have', "/a-Z0._~!$&'()*+,;=:@%7e"),
  selector('a selector', { key: 'tier', operator: 'In', values: ['gold'] }, { key: 'old', operator: 'DoesNotExist' }),
  consumer('a Consumer with a key that expires', {
    groups: ['staff'],
    apiKeys: [{ secretRef: { name: 'mobile' }, expires: '2027-01-31T12:00:00Z' }],
  }),
  consumer('a Consumer without anything', {}),
  stored('a limit by an expression', { key: [{ by: 'Expression', cel: 'request.path' }, { by: 'Address' }] }),
  stored('a limit in Redis', { shared: {} }, { url: 'redis://redis.data.svc:6379/1', credentialsRef: { name: 'redis' } }),
  stored(
    'a limit in Redis over TLS',
    { shared: { onFailure: 'Open' } },
    {
      url: 'rediss://[2001:db8::1]',
      caCertificateRefs: [{ name: 'ca' }, { kind: 'Secret', name: 'ca' }],
      timeout: '20ms',
    },
  ),
  limit(
    'limits on requests in flight',
    { name: 'all', requests: 100 },
    {
      name: 'each',
      requests: 2,
      key: [{ by: 'Header', header: 'x-team' }],
      queue: { size: 10, timeout: '500ms' },
      when: { methods: ['POST'] },
      mode: 'Shadow',
    },
  ),
  fault(
    'faults of every kind',
    { name: 'late', percent: 1, delay: '2s' },
    { name: 'down', percent: 100, abort: { status: 503 }, when: { methods: ['POST'] } },
    { name: 'gone', percent: 50, abort: { grpcStatus: 'unavailable' } },
  ),
  rollout('a canary', {}),
  rollout('a rollout of a Deployment in steps of all kinds', {
    revisions: { deployment: { name: 'cart' } },
    strategy: {
      canary: {
        steps: [
          { mirror: { percent: 10 } },
          { match: [{ headers: [{ name: 'x-beta', values: ['1'] }] }, { hosts: ['next.shop.example'] }] },
          { weight: 5 },
          { pause: { for: '5m' } },
          { analysis: { for: '10m' } },
          { pause: {} },
        ],
      },
    },
    analysis: {
      conditions: [
        { name: 'errors', successRate: { maxDrop: 0.5 } },
        { name: 'slow', latency: { quantile: 99.9, max: '300ms' } },
        { name: 'queue', prometheus: { url: 'http://prometheus', query: 'queue', cel: 'value < 5.0' } },
      ],
    },
    assignment: { cookie: 'session' },
    fuse: { errorPercent: 30 },
    gates: [{ name: 'review', url: 'http://gates/review', before: 'Start' }],
    notifications: [{ url: 'http://events' }],
  }),
  rollout('a switch with a preview', {
    strategy: { blueGreen: { preview: [{ cookies: [{ name: 'preview', values: ['1'] }] }], promotion: 'Automatic' } },
  }),
  { about: 'a priority', kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], priority: 'High' } },
  balancing('balancing by latency', { type: 'PeakEwma' }),
  balancing('balancing by a header', { type: 'ConsistentHash', consistentHash: { by: 'Header', name: 'X-User' } }),
  calls('a circuit breaker as it is without a word', { circuitBreaker: {} }),
  calls('a circuit breaker of which all is said', {
    circuitBreaker: { errorPercent: 100, minimumRequests: 1, window: '1m', openFor: '500ms', halfOpenRequests: 16 },
  }),
  calls('limits on connections and requests', {
    connectionLimits: { maxConnections: 1, maxPendingRequests: 0, maxParallelRequests: 1_000_000 },
  }),
  balancing('a preferred zone', { type: 'PeakEwma', zonePreference: {} }),
  balancing('a preferred zone with a bound', { type: 'RoundRobin', zonePreference: { spillOverAbove: 20 } }),
  balancing('balancing by reports', { type: 'Utilization', utilization: { blackout: '1s', errorPenalty: 0.5 } }),
  session('a session in a cookie', { absoluteTimeout: '24h', cookieConfig: { lifetimeType: 'Permanent' } }),
  session('a session in a header', { type: 'Header', sessionName: 'X-Session' }),
  balancing('balancing by address', { type: 'ConsistentHash', consistentHash: { by: 'Address' } }),
  calls('limits of silence and of streams', { timeouts: { idle: '5m', stream: '0s' } }),
  calls('retries after resets only', { retry: { failures: ['Reset'] } }),
  calls('retries after failed connections only', { retry: { failures: [] } }),
  calls('outliers with everything that may be written', {
    outlierDetection: {
      ...{ consecutive5xx: 0, consecutiveGatewayErrors: 3, interval: '10s', baseEjectionTime: '30s', maxEjectionTime: '5m' },
      maxEjectionPercent: 50,
      successRate: { minimumRequests: 50, minimumEndpoints: 3, standardDeviations: 1.5 },
      latency: { minimumRequests: 50, minimumEndpoints: 3, factor: 2.5, threshold: '50ms' },
    },
    slowStart: { window: '30s' },
    panicThreshold: 0,
  }),
  calls('checks by HTTP', {
    healthCheck: { type: 'HTTP', http: { path: '/healthz?a=b', host: 'cart.example', expectedStatuses: [200, 204] }, port: 9001 },
  }),
  calls('checks by gRPC', { healthCheck: { type: 'GRPC', grpc: { service: 'shop.v1.Cart' }, interval: '5s', timeout: '1s' } }),
  calls('checks by TCP', { healthCheck: { type: 'TCP', healthyThreshold: 1, unhealthyThreshold: 1 } }),
];

/** What Weir and an API server must both refuse. */
export const WRONG_OBJECTS: readonly SampleObject[] = [
  access('a mode that there is not', { targetRefs: [SERVICE], mutualTls: { mode: 'Off' } }),
  rule('an identity without a namespace', { identities: ['cart'] }),
  rule('an identity of which the namespace is a pattern', { identities: ['*/cart'] }),
  rule('an identity twice', { identities: ['shop/cart', 'shop/cart'] }),
  access('two services to ask', {
    externalAuthorization: { grpc: { backendRef: { name: 'a', port: 1 } }, http: { backendRef: { name: 'a', port: 1 } } },
  }),
  access('a service to ask without a port', { externalAuthorization: { grpc: { backendRef: { name: 'a' } } } }),
  access('two paths to ask at', {
    externalAuthorization: { http: { backendRef: { name: 'a', port: 1 }, path: '/a', pathPrefix: '/b' } },
  }),
  method('tokens that nobody is asked about', introspection({})),
  method(
    'tokens that two are asked about',
    introspection({ url: 'https://a.example/', backendRef: { name: 'a', port: 1 }, path: '/' }),
  ),
  session('a permanent cookie without end', { cookieConfig: { lifetimeType: 'Permanent' } }),
  session('a cookie for a header', { type: 'Header', cookieConfig: {} }),
  session('a name with a space', { sessionName: 'a b' }),
  balancing('a preferred zone with nothing to do', { type: 'Random', zonePreference: { spillOverAbove: 0 } }),
  balancing('a preferred zone of keys', {
    type: 'ConsistentHash',
    consistentHash: { by: 'Address' },
    zonePreference: {},
  }),
  balancing('reports that nobody looks at', { type: 'Random', utilization: {} }),
  access('says nothing about access', {}),
  access('relaxes nothing', { relax: [] }),
  access('an unknown field', { addresses: { allows: ['10.0.0.0/8'] } }),
  access('an unknown mode', { mode: 'Off', addresses: { deny: ['::1'] } }),
  target('no target'),
  target('a target of no group', { kind: 'Gateway', name: 'edge' }),
  target('a kind of another group', { ...GATEWAY, group: '' }),
  target('a kind that nothing can be attached to', { group: '', kind: 'Secret', name: 'a' }),
  target('a section of a Service', { ...SERVICE, sectionName: 'http' }),
  target('one target twice', GATEWAY, SERVICE, GATEWAY),
  target('one section twice', { ...GATEWAY, sectionName: 'a' }, { ...GATEWAY, sectionName: 'a' }),
  target('a name that is none', { ...GATEWAY, sectionName: 'A_' }),
  target('17 targets', ...(many(17, index => ({ ...GATEWAY, name: `edge-${index}` })) as Spec[])),
  access('an empty list of addresses', { addresses: { allow: [] } }),
  access('no address', { addresses: { allow: ['10.0.0'] } }),
  access('a prefix that is too long', { addresses: { deny: ['10.0.0.0/33'] } }),
  access('an address with a zone', { addresses: { deny: ['fe80::1%eth0'] } }),
  access('an IPv4 address dressed as IPv6', { addresses: { deny: ['::ffff:10.0.0.1'] } }),
  access('a prefix length with a nought in front', { addresses: { deny: ['10.0.0.0/08'] } }),
  access('no method', { authentication: { methods: [] } }),
  method('a method that is none', { name: 'keys' }),
  method('one name for two methods', KEYS, KEYS),
  method('a key in no place', { name: 'keys', apiKey: { from: [{}] } }),
  method('a key in two places at once', { name: 'keys', apiKey: { from: [{ header: 'a', query: 'b' }] } }),
  method('a header name with a space', { name: 'keys', apiKey: { from: [{ header: 'x key' }] } }),
  selector('a selector without values', { key: 'tier', operator: 'In' }),
  selector('a selector with values too many', { key: 'tier', operator: 'Exists', values: ['gold'] }),
  rule('a method in small letters', { methods: ['get'] }),
  rule('a method twice', { methods: ['GET', 'GET'] }),
  rule('an action that is none', { action: 'Log' }),
  rule('a rule without a good name', { name: 'Rule 1' }),
  rule('17 paths', { paths: many(17, index => ({ value: `/${index}` })) }),
  path('a path without / in front', 'pay'),
  path('a path with //', '/a//b'),
  path('a path with a segment ..', '/a/../b'),
  path('a path with a segment . at its end', '/a/.'),
  path('a path with an encoded /', '/a%2Fb'),
  path('a path with a space', '/a b'),
  access('two rules of one name', {
    authorization: { rules: ['Allow', 'Deny'].map(action => ({ name: 'one', action })) },
  }),
  access('one part relaxable twice', {
    addresses: { deny: ['::1'] },
    relaxable: [{ part: 'addresses' }, { part: 'addresses', namespaces: { from: 'All' } }],
  }),
  consumer('a group twice', { groups: ['staff', 'staff'] }),
  consumer('nine keys', { apiKeys: many(9, () => ({ secretRef: { name: 'a' } })) }),
  consumer('a time without offset', { apiKeys: [{ secretRef: { name: 'a' }, expires: '2027-01-31T12:00:00' }] }),
  consumer('a day instead of a time', { apiKeys: [{ secretRef: { name: 'a' }, expires: '2027-01-31' }] }),
  stored('a limit by no expression', { key: [{ by: 'Expression' }] }),
  stored('a limit by an expression and an address at once', { key: [{ by: 'Address', cel: 'request.path' }] }),
  stored('a shared limit without a store', { shared: {} }),
  stored('a store without a shared limit', {}, { url: 'redis://redis' }),
  stored('a store with credentials in its URL', { shared: {} }, { url: 'redis://:sesame@redis' }),
  stored('a store that is no Redis', { shared: {} }, { url: 'http://redis' }),
  stored('a store in plaintext with authorities', { shared: {} }, { url: 'redis://redis', caCertificateRefs: [{ name: 'ca' }] }),
  stored('a shared limit that fails otherwise', { shared: { onFailure: 'Maybe' } }, { url: 'redis://redis' }),
  limit('a limit of no requests', { name: 'all', requests: 0 }),
  limit('a queue without an end', { name: 'all', requests: 1, queue: { size: 10 } }),
  limit('two limits of one name', { name: 'all', requests: 1 }, { name: 'all', requests: 2 }),
  limit('a limit by a header that it does not name', { name: 'all', requests: 1, key: [{ by: 'Header' }] }),
  rollout('a rollout of nothing', { revisions: {} }),
  rollout('one revision twice', { revisions: { services: { stable: 'v1', candidate: 'v1' } } }),
  rollout('no strategy', { strategy: {} }),
  rollout('two strategies at once', { strategy: { shadow: {}, blueGreen: {} } }),
  rollout('a step that does two things', { strategy: { canary: { steps: [{ weight: 5, pause: {} }] } } }),
  rollout('a share of more than all', { strategy: { canary: { steps: [{ weight: 101 }] } } }),
  rollout('requests that fit by nothing', { strategy: { match: { requests: [{}] } } }),
  rollout('a condition without a bound', { analysis: { conditions: [{ name: 'errors', successRate: {} }] } }),
  rollout('clients told apart by two things', { assignment: { cookie: 'a', header: 'b' } }),
  rollout('two gates of one name', { gates: [1, 2].map(() => ({ name: 'review', url: 'http://gates' })) }),
  { about: 'a priority that is none', kind: 'TrafficPolicy', spec: { targetRefs: [SERVICE], priority: 'Highest' } },
  fault('a fault that does nothing', { name: 'none', percent: 1 }),
  fault('a fault that does two things', { name: 'both', percent: 1, delay: '1s', abort: { status: 500 } }),
  fault('an abort with two statuses', { name: 'both', percent: 1, abort: { status: 500, grpcStatus: 'unknown' } }),
  fault('a fault that befalls nobody', { name: 'none', percent: 0, delay: '1s' }),
  calls('a circuit breaker that opens without failures', { circuitBreaker: { errorPercent: 0 } }),
  calls('a circuit breaker with more probes than there are', { circuitBreaker: { halfOpenRequests: 17 } }),
  calls('limits of nothing', { connectionLimits: {} }),
  calls('requests that wait for nothing', { connectionLimits: { maxParallelRequests: 5, maxPendingRequests: 5 } }),
  balancing('balancing by a hash of nothing', { type: 'ConsistentHash' }),
  calls('outliers of which none may be ejected', { outlierDetection: { maxEjectionPercent: 0 } }),
  calls('checks by HTTP of no path', { healthCheck: { type: 'HTTP' } }),
  calls('checks by TCP of a path', { healthCheck: { type: 'TCP', http: { path: '/' } } }),
  calls('checks by HTTP of a gRPC service', { healthCheck: { type: 'HTTP', http: { path: '/' }, grpc: {} } }),
  calls('checks of a path with a space', { healthCheck: { type: 'HTTP', http: { path: '/a b' } } }),
  calls('a slow start without its time', { slowStart: {} }),
  calls('panic above everything', { panicThreshold: 101 }),
  balancing('balancing by a hash that its type does not look at', { type: 'Random', consistentHash: { by: 'Address' } }),
  balancing('balancing by a cookie without name', { type: 'ConsistentHash', consistentHash: { by: 'Cookie' } }),
  balancing('balancing by an address with a name', { type: 'ConsistentHash', consistentHash: { by: 'Address', name: 'a' } }),
  calls('silence that is no time', { timeouts: { idle: 'long' } }),
  calls('retries after a failure that there is not', { retry: { failures: ['5xx'] } }),
  calls('retries after a failure that is named twice', { retry: { failures: ['Reset', 'Reset'] } }),
  balancing('balancing by a parameter whose name is none', {
    type: 'ConsistentHash',
    consistentHash: { by: 'Query', name: 'a=b' },
  }),
];
