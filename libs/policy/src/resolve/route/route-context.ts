// SPDX-License-Identifier: Apache-2.0
import type { RouteReferenceReason } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { CallerListener } from '../mesh/mesh-names.ts';
import type { ScopePlace } from '../policy/policy-chain.ts';
import type { IssueOfDocument } from '../issue.ts';
import type { RouteDocument } from './route-document.ts';

/** What resolving one route shares between its parts. */
export interface RouteContext {
  readonly document: RouteDocument;
  readonly lookup: Lookup;
  /** Where each of its listeners can have policies, by the listener's name. */
  readonly placesByListener: ReadonlyMap<string, readonly ScopePlace[]>;
  /** Its parents in the mesh, by the name of the listener where their callers stand. */
  readonly meshParents: ReadonlyMap<string, CallerListener>;
  report(issue: IssueOfDocument): void;
  /** Notes a reference that cannot be followed; the first decides the route's ResolvedRefs. */
  failReference(reason: Exclude<RouteReferenceReason, 'ResolvedRefs'>, message: string): void;
}
