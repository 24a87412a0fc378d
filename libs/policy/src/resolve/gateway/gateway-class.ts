// SPDX-License-Identifier: Apache-2.0
import { fails, holds } from '../condition/finding.ts';
import type { GatewayClassFindings } from '../condition/findings.ts';
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { findGatewayParameters } from './find-gateway-parameters.ts';
import type { ParametersLookup } from './find-gateway-parameters.ts';

/** How a GatewayClass says that Weir serves its Gateways. */
export const CONTROLLER_NAME = 'weir.dev/gateway-controller';

/** Exists without a document, until a document defines a class of this name. */
export const BUILT_IN_CLASS = 'weir';

type ClassDocument = DocumentOf<'GatewayClass'>;

/** A GatewayClass of ours. */
export interface ResolvedGatewayClass {
  readonly document: ClassDocument;
  readonly findings: GatewayClassFindings;
  readonly issues: readonly Issue[];
}

/** What is found out about a class of ours; `foreign`: it is another controller's. */
export function findClass(lookup: Lookup, name: string): GatewayClassFindings | 'foreign' | 'missing' {
  const document = lookup.get('GatewayClass', '', name);
  if (document !== undefined) return resolveGatewayClass(document, lookup)?.findings ?? 'foreign';
  return name === BUILT_IN_CLASS ? { Accepted: holds('Accepted') } : 'missing';
}

/** Undefined for a class of another controller. */
export function resolveGatewayClass(document: ClassDocument, lookup: ParametersLookup): ResolvedGatewayClass | undefined {
  if (document.spec.controllerName !== CONTROLLER_NAME) return undefined;
  const { invalid, issues } = findGatewayParameters(document, lookup);
  const accepted = invalid === undefined ? holds('Accepted' as const) : fails('InvalidParameters', invalid);
  return { document, findings: { Accepted: accepted }, issues };
}
