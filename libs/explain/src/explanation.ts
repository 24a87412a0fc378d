// SPDX-License-Identifier: Apache-2.0
import type { FaultCode, HeaderList } from '@weir/base';
import type {
  BackendProtocol,
  Balance,
  EndpointHealth,
  PortProtocol,
  RouteRule,
  StreamRule,
  ZonePreference,
  MeshMode,
  WorkloadIdentity,
} from '@weir/policy/snapshot';

/** A request, or a connection, that somebody asks about. */
export interface ExplainRequest {
  /** '' for a connection. */
  readonly method: string;
  /**
   * Absolute: `http://shop.example:8080/cart?x=1`. Its scheme and port choose the listening port. Of a connection:
   * `tcp://127.0.0.1:5432`, `tls://db.example:5432`, `udp://127.0.0.1:53`.
   */
  readonly url: string;
  /** Names lower-case. A `host` field takes the place of the URL's host, as with `curl -H`. */
  readonly headers: HeaderList;
  /** Server name of the TLS handshake where it differs from the URL's host, lower-case. */
  readonly serverName?: string | undefined;
  /** Of the client; undefined = loopback. */
  readonly clientAddress?: string | undefined;
  /** The workload of the mesh that calls, `NAMESPACE/SERVICE-ACCOUNT`: the URL's host then is a Service, as the workload would name it. */
  readonly caller?: WorkloadIdentity | undefined;
}

/** What would become of a request or a connection. Plain data. */
export interface Explanation {
  readonly method: string;
  /** As asked. */
  readonly url: string;
  /** The request's target as routing and backends see it; undefined where the request is refused before, and of connections. */
  readonly target: { readonly host: string; readonly path: string; readonly query: string | undefined } | undefined;
  readonly port: ExplainedPort | undefined;
  readonly listener: ExplainedListener | undefined;
  readonly rule: ExplainedRule | ExplainedStreamRule | undefined;
  /** Where the rule's requests go; empty without a rule and for rules without backends. */
  readonly shares: readonly BackendShare[];
  readonly answer: Answer;
  /** The closest other rules on the listener and why they do not have the request: at most three, the closest first. */
  readonly nearest: readonly Miss[];
  /** Of a request in the mesh, whose own rule, shares and others are those at its caller; absent at the edge. */
  readonly mesh?: ExplainedMesh;
}

/** A request of a workload to another one. */
export interface ExplainedMesh {
  readonly caller: WorkloadIdentity;
  /** `namespace/service:port` that is called. */
  readonly service: string;
  readonly mode: MeshMode;
  /** Whose routes decide, in words. */
  readonly routes: string;
  /** Those that it may come to; empty where it comes to nobody. */
  readonly receivers: readonly ExplainedReceiver[];
}

export interface ExplainedReceiver {
  /** `namespace/service:port`. */
  readonly label: string;
  /** Of its endpoints, how many have no sidecar, where nothing is asked of anybody. */
  readonly bareCount: number;
  /** What the sidecars of the others make of the request; undefined = there are none. */
  readonly findings: Findings | undefined;
}

/** What there is to say of how something is answered; the rest of an explanation is empty. */
export type Findings = Pick<Explanation, 'answer'> &
  Partial<Pick<Explanation, 'port' | 'listener' | 'rule' | 'shares' | 'nearest' | 'mesh'>>;

export interface ExplainedPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: PortProtocol;
}

export interface ExplainedListener {
  /** `namespace/gateway/listener`. */
  readonly name: string;
  readonly hostname: string;
  /** How clients' certificates are checked; undefined = they are not asked for. */
  readonly clientCertificates: 'require' | 'insecureFallback' | undefined;
}

/** A kind of route whose rules take requests. */
export type RequestRouteKind = RouteRule['routeKind'];

export interface ExplainedRule {
  /** Name of the rule's resource. */
  readonly resource: string;
  readonly routeKind: RequestRouteKind;
  /** `namespace/route`. */
  readonly route: string;
  /** The rule's name, or its index as text. */
  readonly rule: string;
  /** The route's own hostname that decided. */
  readonly hostname: string;
  readonly matchIndex: number;
  /** The match in words: `path prefix /cart, GET`. */
  readonly match: string;
  /** What holds for all of its requests that come by this listener, widest first. */
  readonly policies: readonly ExplainedPolicy[];
  /** In the order in which they see the request, in words. */
  readonly filters: readonly string[];
}

/** A policy that holds for a request, and where it comes from. */
export interface ExplainedPolicy {
  readonly kind: 'AccessPolicy' | 'TrafficPolicy';
  /** `namespace/name`. */
  readonly name: string;
  /** Where it is attached: `Gateway`, `Route`. */
  readonly scope: string;
  /** It only looks on. */
  readonly isShadow: boolean;
  /** What it asks, part by part, in words. */
  readonly says: readonly string[];
}

/** A rule that takes whole connections, or datagrams. */
export interface ExplainedStreamRule {
  /** Name of the rule's resource. */
  readonly resource: string;
  readonly routeKind: StreamRule['routeKind'];
  /** `namespace/route`. */
  readonly route: string;
  /** The rule's name, or its index as text. */
  readonly rule: string;
  /** The route's own hostname that decided; `*` for TCP and UDP. */
  readonly hostname: string;
  /** What holds for all of its connections that come by this listener, widest first. */
  readonly policies: readonly ExplainedPolicy[];
}

/** One backend's part of a rule's requests. */
export interface BackendShare {
  /** `namespace/service:port`. */
  readonly label: string;
  readonly weight: number;
  /** Of the rule's requests, 0 to 100. */
  readonly percent: number;
  /** How an endpoint is chosen; undefined where the reference is broken. */
  readonly balance: Balance | undefined;
  /** Undefined = endpoints are used wherever they are. */
  readonly zonePreference: ZonePreference | undefined;
  /** `address:port`. */
  readonly endpoints: readonly string[];
  /** Which of them are left alone; undefined = none is. */
  readonly health: EndpointHealth | undefined;
  /** Undefined = plaintext. */
  readonly tls: ExplainedBackendTls | undefined;
  readonly filters: readonly string[];
  /** Of the Service itself. */
  readonly policies: readonly ExplainedPolicy[];
  /** Timeouts and retries that somebody asks for. */
  readonly calls: readonly ExplainedCall[];
  readonly answer: Answer;
}

/** One field of how a backend is called. */
export interface ExplainedCall {
  /** As policies name it: `timeouts.request`. */
  readonly field: string;
  readonly value: string;
  /** `the route itself`, `TrafficPolicy shop/edge on Gateway`. */
  readonly from: string;
}

/** TLS towards a backend, by its BackendTLSPolicy. */
export interface ExplainedBackendTls {
  readonly serverName: string;
  /** What is spoken inside; undefined = whatever a client says. */
  readonly protocol: BackendProtocol | undefined;
}

/** How a request ends. */
export type Answer =
  | {
      readonly kind: 'forwarded';
      /** The request line and host as the endpoint gets them. */
      readonly method: string;
      readonly host: string;
      readonly path: string;
      readonly query: string | undefined;
    }
  /** A filter answers: a redirect, a preflight. */
  | { readonly kind: 'replied'; readonly status: number; readonly location: string | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly code: FaultCode; readonly detail: string }
  /** It depends on what somebody else says, such as the issuer of a token, who is not asked here. */
  | { readonly kind: 'undecided'; readonly detail: string }
  /** The connection goes to a backend whole, by a route for connections: what is in it is not looked at. */
  | { readonly kind: 'carried'; readonly detail: string }
  /** No HTTP answer at all. */
  | { readonly kind: 'unreachable'; readonly detail: string };

/** A rule that does not have the request. */
export interface Miss {
  readonly routeKind: RequestRouteKind;
  /** `namespace/route`. */
  readonly route: string;
  readonly rule: string;
  /** Why, one part each; never empty. */
  readonly reasons: readonly string[];
  /** Parts (hostname, path, method, each header and parameter) that the request does have. */
  readonly matchedCount: number;
}
