// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, HeaderList } from '@weir/base';
import type { Exchange, Filter, RequestHead, Verdict } from '@weir/base';
import type { CorsSpec } from '@weir/policy/snapshot';
import { compileOriginMatcher } from './origin-matcher.ts';
import { addVary } from './vary.ts';

/** What a CORS filter knows of its spec after compilation. */
interface CorsPlan {
  /** `*` where every answer is the same, undefined where the origin is echoed. */
  readonly constantOrigin: '*' | undefined;
  readonly isAllowed: (origin: string) => boolean;
  readonly allowsCredentials: boolean;
  readonly methods: ListField;
  readonly headers: ListField;
  readonly exposeHeaders: string;
  readonly maxAge: string;
}

/** A list as it is sent; undefined = echo what the preflight asks for (`*` is no wildcard with credentials, Fetch §3.3.5). */
type ListField = string | undefined;

/** Lists of tokens, as browsers send them in a preflight; anything else is not echoed. */
const TOKEN_LIST = /^[\w!#$%&'*+\-.^`|~]+(?:[ \t]*,[ \t]*[\w!#$%&'*+\-.^`|~]+)*$/;

/** Fields of an actual response that this filter alone decides: a backend's own would contradict it or open what it closes. */
const OWNED_FIELDS = ['access-control-allow-origin', 'access-control-allow-credentials', 'access-control-expose-headers'];

/**
 * Cross-origin resource sharing (Fetch standard §3.3, GEP-1767). Preflights are answered here with 204; an origin that is not
 * allowed gets no CORS fields, so that the browser refuses it. Actual requests always go on to the backend: CORS protects
 * readers, not servers.
 */
export function compileCors(spec: CorsSpec): Filter {
  const plan = compilePlan(spec);
  // The client's Origin, kept aside: a header filter below may change the request's before the response comes.
  const origins = new WeakMap<Exchange, string>();
  return {
    onRequest(exchange) {
      const origin = exchange.request.headers.get('origin');
      if (origin === undefined) return CONTINUE;
      if (isPreflight(exchange.request)) return replyToPreflight(plan, exchange.request, origin);
      origins.set(exchange, origin);
      return CONTINUE;
    },
    onResponse(exchange, { headers }) {
      if (exchange.request.headers.has('origin') && isPreflight(exchange.request)) return;
      for (const name of OWNED_FIELDS) headers.remove(name);
      if (plan.constantOrigin === undefined) addVary(headers, 'Origin');
      const origin = origins.get(exchange);
      if (origin !== undefined && plan.isAllowed(origin)) appendAllowance(plan, headers, origin);
    },
  };
}

function compilePlan(spec: CorsSpec): CorsPlan {
  const { allowCredentials } = spec;
  const list = (values: readonly string[]): ListField => {
    if (!values.includes('*')) return values.join(', ');
    return allowCredentials ? undefined : '*';
  };
  return {
    constantOrigin: spec.allowOrigins.includes('*') && !allowCredentials ? '*' : undefined,
    isAllowed: compileOriginMatcher(spec.allowOrigins),
    allowsCredentials: allowCredentials,
    methods: list(spec.allowMethods),
    headers: list(spec.allowHeaders),
    // With credentials a browser takes `*` for a field of that name; there is nothing in the request to echo instead.
    exposeHeaders: list(spec.exposeHeaders) ?? '',
    maxAge: String(spec.maxAgeSeconds),
  };
}

/** Fetch §3.3.2: OPTIONS that says which method would follow. */
function isPreflight({ method, headers }: RequestHead): boolean {
  return method === 'OPTIONS' && headers.has('access-control-request-method');
}

function replyToPreflight(plan: CorsPlan, request: RequestHead, origin: string): Verdict {
  const headers = new HeaderList();
  if (plan.isAllowed(origin)) {
    appendAllowance(plan, headers, origin);
    appendList(headers, 'access-control-allow-methods', plan.methods ?? request.headers.get('access-control-request-method'));
    appendList(
      headers,
      'access-control-allow-headers',
      plan.headers ?? request.headers.getJoined('access-control-request-headers'),
    );
    headers.append('access-control-max-age', plan.maxAge);
  }
  headers.append('vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers');
  return { kind: 'reply', response: { status: 204, headers, contentLength: 0 }, body: '' };
}

function appendAllowance(plan: CorsPlan, headers: HeaderList, origin: string): void {
  headers.append('access-control-allow-origin', plan.constantOrigin ?? origin);
  if (plan.allowsCredentials) headers.append('access-control-allow-credentials', 'true');
  appendList(headers, 'access-control-expose-headers', plan.exposeHeaders);
}

function appendList(headers: HeaderList, name: string, list: string | undefined): void {
  if (list !== undefined && TOKEN_LIST.test(list)) headers.append(name, list);
}
