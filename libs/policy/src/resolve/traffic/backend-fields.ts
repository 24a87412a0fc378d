// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import { BACKEND_FIELDS } from './traffic-fields.ts';

type TrafficPolicyDocument = DocumentOf<'TrafficPolicy'>;
type TargetRef = TrafficPolicyDocument['spec']['targetRefs'][number];

/** What a field of a backend may be said of: who calls, as a whole, and who is called. */
const BACKEND_TARGETS: ReadonlySet<string> = new Set(['Gateway', 'Namespace', 'Service']);

export function isBackendTarget({ kind, sectionName }: TargetRef): boolean {
  return BACKEND_TARGETS.has(kind) && sectionName === undefined;
}

/** Fields of backends that a policy has written. */
export function writtenBackendFields({ spec }: TrafficPolicyDocument): readonly string[] {
  return BACKEND_FIELDS.filter(({ valueIn }) => valueIn(spec) !== undefined).map(({ path }) => path);
}

/**
 * Whether a policy has a say in how backends are called. One that has a target for which that cannot be said has none at any of its
 * targets: its status says that these fields are refused, and it is one for all of them.
 */
export function speaksOfBackends(document: TrafficPolicyDocument): boolean {
  return document.spec.targetRefs.every(isBackendTarget) && writtenBackendFields(document).length > 0;
}
