// SPDX-License-Identifier: Apache-2.0
import type {
  Attachment,
  ExternalAuthSpec,
  FilterSpec,
  RequestMirrorSpec,
  RouteMatch,
  RouteRetry,
  SessionPersistence,
} from '../../snapshot/index.ts';
import type { ResolvedExternalAuthorization } from '../access/resolve-external-authorization.ts';
import type { RouteFindings } from '../condition/findings.ts';
import type { Issue } from '../issue.ts';
import type { MeshHalf } from '../mesh/mesh-half.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { BackendTarget } from '../service/backend-target.ts';
import type { ResolvedTraffic } from './rule-traffic.ts';
import type { RequestRouteDocument, RouteDocument, StreamRouteDocument } from './route-document.ts';

/** A route of any kind with everything that was found out about it. */
export type ResolvedRoute = ResolvedRequestRoute | ResolvedStreamRoute;

interface RouteBase {
  /** Listeners that serve it, each once; the order of parents does not matter. */
  readonly attachments: readonly Attachment[];
  /** One for each parentRef to an object that Weir answers for. */
  readonly parents: readonly ResolvedParent[];
  readonly issues: readonly Issue[];
}

/** An HTTPRoute or GRPCRoute. */
export interface ResolvedRequestRoute extends RouteBase {
  readonly flow: 'requests';
  readonly document: RequestRouteDocument;
  readonly rules: readonly ResolvedRule[];
}

/** A TLSRoute, TCPRoute or UDPRoute. */
export interface ResolvedStreamRoute extends RouteBase {
  readonly flow: 'streams';
  readonly document: StreamRouteDocument;
  readonly rules: readonly ResolvedStreamRule[];
}

export type ParentRef = NonNullable<RouteDocument['spec']['parentRefs']>[number];

export interface ResolvedParent {
  readonly ref: ParentRef;
  /** `namespace/name` of the Gateway that it leads to; undefined = none. */
  readonly gateway: string | undefined;
  readonly findings: RouteFindings;
  /** Names of the listeners that count it among their routes. */
  readonly listeners: readonly string[];
}

/** What rules of all kinds have. */
interface RuleBase {
  /** As named, else its index. */
  readonly name: string;
  /** Access policies of Gateway and route, by the listener that a request comes by; none where no policy holds. */
  readonly access: ReadonlyMap<string, PolicyChain>;
  /** Traffic policies, by the listener that a request comes by; none where no policy holds. */
  readonly traffic: ReadonlyMap<string, ResolvedTraffic>;
  /** What is apart for each of the route's parents in the mesh, by the listener where their callers stand. */
  readonly mesh: ReadonlyMap<string, MeshHalf>;
}

export interface ResolvedStreamRule extends RuleBase {
  readonly backends: readonly ResolvedStreamBackendRef[];
}

export interface ResolvedRule extends RuleBase {
  readonly matches: readonly RouteMatch[];
  readonly refusal: RuleRefusal | undefined;
  readonly filters: readonly ResolvedFilter[];
  readonly backends: readonly ResolvedBackendRef[];
  /** 0 = none, undefined = not written. */
  readonly requestTimeoutMs: number | undefined;
  readonly attemptTimeoutMs: number | undefined;
  readonly retry: RouteRetry | undefined;
  readonly sessionPersistence: SessionPersistence | undefined;
}

/** Why a rule cannot be served as written. */
export interface RuleRefusal {
  readonly reason: 'IncompatibleFilters' | 'UnsupportedValue';
  /** Begins with the path of what is wrong. */
  readonly detail: string;
  /** What to write instead; undefined: leave it out. */
  readonly hint?: string;
}

export type ResolvedFilter =
  | Exclude<FilterSpec, ExternalAuthSpec | RequestMirrorSpec>
  | (Omit<RequestMirrorSpec, 'access' | 'backend'> & Pick<ResolvedStreamBackendRef, 'access' | 'target'>)
  | { readonly kind: 'externalAuth'; readonly authorization: ResolvedExternalAuthorization };

export interface ResolvedStreamBackendRef {
  /** Undefined = it cannot be followed. */
  readonly target: BackendTarget | undefined;
  /** `namespace/service:port`, as written. */
  readonly label: string;
  readonly weight: number;
  /** Access policies of the Service itself. */
  readonly access: PolicyChain | undefined;
}

export interface ResolvedBackendRef extends ResolvedStreamBackendRef {
  readonly filters: readonly ResolvedFilter[];
}
