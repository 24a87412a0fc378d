// SPDX-License-Identifier: Apache-2.0

/** Of which spans an attribute is. */
type Where = 'both' | 'client' | 'server';

interface SpanAttributeSpec {
  readonly on: Where;
  readonly help: string;
}

/**
 * Every attribute of the spans that Weir makes, and the only place where one gets a name. Those without `weir.` are of OpenTelemetry's
 * semantic conventions for HTTP and RPC, with their meaning.
 */
export const SPAN_ATTRIBUTES = {
  'http.request.method': { on: 'both', help: 'Method; `_OTHER` for words that no specification knows.' },
  'http.request.method_original': { on: 'server', help: 'Method as sent, where it is `_OTHER`.' },
  'http.request.resend_count': { on: 'client', help: 'How many attempts came before; absent on the first.' },
  'http.response.status_code': { on: 'both', help: 'Status that the client was sent, or that the endpoint answered.' },
  'http.route': {
    on: 'server',
    help: "The path that the request's rule asks for: `/cart/*` for a prefix; expressions as written.",
  },
  'url.path': { on: 'server', help: 'Path as the client wrote it, without its query.' },
  'url.scheme': { on: 'server', help: '`http` or `https`, as the client speaks to Weir.' },
  'server.address': { on: 'both', help: 'Host as the client wrote it; on client spans the address of the endpoint.' },
  'server.port': { on: 'both', help: 'Port of that.' },
  'client.address': { on: 'server', help: 'Address of the client, as trusted proxies in front tell it.' },
  'network.peer.address': { on: 'both', help: 'Other end of the connection.' },
  'network.peer.port': { on: 'both', help: 'Port of that.' },
  'network.protocol.version': { on: 'server', help: '`1.0`, `1.1` or `2`.' },
  'user_agent.original': { on: 'server', help: 'User-Agent, its first 512 characters.' },
  'error.type': {
    on: 'both',
    help: "Code of the fault, as in the access log; else the status, where it is an error of the span's side.",
  },
  'rpc.system': { on: 'both', help: '`grpc`, for calls of gRPC.' },
  'rpc.grpc.status_code': { on: 'both', help: 'Status that the call ended with.' },
  'weir.listener': {
    on: 'server',
    help: '`namespace/gateway/listener`; in the mesh `mesh/namespace/service/port` with who calls, `inbound/…` with who is called.',
  },
  'weir.peer_identity': { on: 'server', help: 'Who calls in the mesh, as its certificate says: `namespace/service-account`.' },
  'weir.route': { on: 'server', help: '`namespace/route`.' },
  'weir.rule': { on: 'server', help: 'Name of the rule, or its index.' },
  'weir.backend': { on: 'both', help: '`namespace/service:port`.' },
  'weir.decided_by': { on: 'server', help: 'The policy that decided against the request, with `#rule`.' },
  'weir.request_id': { on: 'server', help: 'As in X-Request-Id and in the access log.' },
  'weir.repeats': { on: 'client', help: 'How often the connections to the endpoint sent the attempt once more.' },
} as const satisfies Record<string, SpanAttributeSpec>;

export type SpanAttributeName = keyof typeof SPAN_ATTRIBUTES;

export type SpanAttributes = Readonly<Partial<Record<SpanAttributeName, number | string>>>;
