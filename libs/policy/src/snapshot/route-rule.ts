// SPDX-License-Identifier: Apache-2.0
import type { FaultCode } from '@weir/base';
import type { ResourceName } from './resource-name.ts';
import type { FilterSpec } from './filter-spec.ts';
import type { SessionPersistence } from './session-persistence.ts';

/** One rule of an HTTPRoute (named `rule/NAMESPACE/ROUTE/INDEX`) or a GRPCRoute (named `grpc-rule/NAMESPACE/ROUTE/INDEX`). */
export interface RouteRule {
  readonly kind: 'routeRule';
  readonly name: ResourceName;
  readonly routeKind: 'HTTPRoute' | 'GRPCRoute';
  /** `namespace/route`. */
  readonly route: string;
  /** `name` of the rule, or its index as text. */
  readonly rule: string;
  /** Creation time of the route; 0 where the document has none. The older wins ties. */
  readonly createdMs: number;
  readonly index: number;
  /** Listeners that it is attached to. */
  readonly attachments: readonly Attachment[];
  /** Any of them; at least one. */
  readonly matches: readonly RouteMatch[];
  readonly action: RuleAction;
}

export interface Attachment {
  /** `Listener.name`, `MeshPort.listener` (with `@CONSUMER` for the routes of a consumer), or `InboundService.listener`. */
  readonly listener: string;
  /** The route's own hostnames that intersect the listener's; `*` = any that the listener covers. Precedence goes by these. */
  readonly hostnames: readonly string[];
  /** Access chain for requests that come this way; undefined = no policy asks anything of them. */
  readonly access: ResourceName | undefined;
  /** Traffic policies for requests that come this way; undefined = there are none. */
  readonly traffic: AttachedTraffic | undefined;
  /** Where in the mesh the listener stands; absent = it is a Gateway's. A caller leaves the Services' own access to the receiver. */
  readonly meshSide?: 'caller' | 'receiver';
}

export interface AttachedTraffic {
  /** TrafficLimits of the way to the rule. */
  readonly limits: ResourceName | undefined;
  /** In the order of the rule's backends. */
  readonly backends: readonly BackendTraffic[];
}

export interface BackendTraffic {
  /** TrafficCalls: how the backend is called. */
  readonly calls: ResourceName | undefined;
  /** TrafficLimits of the Service itself. */
  readonly limits: ResourceName | undefined;
  /** The backend as the listener's Gateway calls it; undefined = as the rule names it. */
  readonly backend: ResourceName | undefined;
}

export interface RouteMatch {
  readonly path: PathMatch;
  readonly method: string | undefined;
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
}

/** `exact`: the whole path; `prefix`: whole segments, no trailing slash unless it is `/`; `regex`: RE2 syntax, over the whole path. */
export interface PathMatch {
  readonly kind: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

/** Header names are lower-case. A regex covers the whole value. */
export interface ValueMatch {
  readonly name: string;
  readonly kind: 'exact' | 'regex';
  readonly value: string;
}

export interface RuleAction {
  /** The rule cannot be served as written: each request gets this fault. */
  readonly refusal: { readonly code: FaultCode; readonly detail: string } | undefined;
  readonly filters: readonly FilterSpec[];
  /** Empty with a redirect filter; otherwise empty = 500 (Gateway API: a rule without backends). */
  readonly backends: readonly WeightedBackend[];
  /** Whole request, retries included; 0 = none, undefined = the route says nothing. */
  readonly requestTimeoutMs: number | undefined;
  /** One attempt, until its response is complete; 0 = none, undefined = the route says nothing. */
  readonly attemptTimeoutMs: number | undefined;
  readonly retry: RouteRetry | undefined;
  /** Undefined = the route keeps none. */
  readonly sessionPersistence: SessionPersistence | undefined;
}

export interface WeightedBackend {
  /** Undefined = the reference is broken: its share of the requests is answered 500. */
  readonly backend: ResourceName | undefined;
  /** `namespace/service:port`, also of a broken reference. */
  readonly label: string;
  /** 0 = no request. */
  readonly weight: number;
  readonly filters: readonly FilterSpec[];
  /** Access chain of the Service itself, evaluated beside the one of the attachment. */
  readonly access: ResourceName | undefined;
}

/** What a route says itself of retries (GEP-1731). Connection errors are always among what is retried. */
export interface RouteRetry {
  /** Retries after the first attempt; undefined = the route does not say. */
  readonly attempts: number | undefined;
  readonly statusCodes: readonly number[];
  /** Of gRPC calls that ended before any message came. */
  readonly grpcStatusCodes: readonly number[];
  /** Wait before the first retry; doubles with each. Undefined = the route does not say. */
  readonly backoffMs: number | undefined;
}
