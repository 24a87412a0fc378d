// SPDX-License-Identifier: Apache-2.0
import type { Attachment, FilterSpec, RequestMirrorSpec, RetrySpec, RouteMatch } from '../../snapshot/index.ts';
import type { RouteFindings } from '../condition/findings.ts';
import type { HttpRouteDocument, HttpRouteSpec } from '../inventory/document-of.ts';
import type { Issue } from '../issue.ts';
import type { BackendTarget } from '../service/backend-target.ts';

/** An HTTPRoute with everything that was found out about it. */
export interface ResolvedRoute {
  readonly document: HttpRouteDocument;
  /** Listeners that serve it, each once; the order of parents does not matter. */
  readonly attachments: readonly Attachment[];
  readonly rules: readonly ResolvedRule[];
  /** One for each parentRef to an object that Weir answers for. */
  readonly parents: readonly ResolvedParent[];
  readonly issues: readonly Issue[];
}

export type ParentRef = NonNullable<HttpRouteSpec['parentRefs']>[number];

export interface ResolvedParent {
  readonly ref: ParentRef;
  /** `namespace/name` of the Gateway that it leads to; undefined = none. */
  readonly gateway: string | undefined;
  readonly findings: RouteFindings;
  /** Names of the listeners that count it among their routes. */
  readonly listeners: readonly string[];
}

export interface ResolvedRule {
  /** As named, else its index. */
  readonly name: string;
  readonly matches: readonly RouteMatch[];
  readonly refusal: RuleRefusal | undefined;
  readonly filters: readonly ResolvedFilter[];
  readonly backends: readonly ResolvedBackendRef[];
  readonly requestTimeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly retry: RetrySpec | undefined;
}

/** Why a rule cannot be served as written. */
export interface RuleRefusal {
  readonly reason: 'IncompatibleFilters' | 'UnsupportedValue';
  readonly detail: string;
}

export type ResolvedFilter =
  Exclude<FilterSpec, RequestMirrorSpec> | (Omit<RequestMirrorSpec, 'backend'> & { readonly target: BackendTarget | undefined });

export interface ResolvedBackendRef {
  /** Undefined = it cannot be followed. */
  readonly target: BackendTarget | undefined;
  /** `namespace/service:port`, as written. */
  readonly label: string;
  readonly weight: number;
  readonly filters: readonly ResolvedFilter[];
}
