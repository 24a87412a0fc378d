// SPDX-License-Identifier: Apache-2.0
import type { DocumentOf } from '../inventory/document-of.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';

export type TlsPolicyDocument = DocumentOf<'BackendTLSPolicy'>;

/** A Service, or one of its ports by name. */
export interface PolicyTarget {
  readonly namespace: string;
  readonly service: string;
  /** Undefined = the Service as a whole. */
  readonly sectionName: string | undefined;
}

/** The Services that a policy names; it names nothing else that Weir knows. */
export function targetsOfPolicy({ namespace, spec }: TlsPolicyDocument): readonly PolicyTarget[] {
  return spec.targetRefs
    .filter(({ group, kind }) => group === '' && kind === 'Service')
    .map(({ name, sectionName }) => ({ namespace, service: name, sectionName }));
}

/** The policy that holds for a port: one that names the port before one that names the Service, then the oldest, then by name. */
export function selectTlsPolicy(
  lookup: Lookup,
  { namespace, service, portName }: { namespace: string; service: string; portName: string | undefined },
): TlsPolicyDocument | undefined {
  const whole = winnerAt(lookup, { namespace, service, sectionName: undefined });
  return portName === undefined ? whole : (winnerAt(lookup, { namespace, service, sectionName: portName }) ?? whole);
}

/** Among the policies for the very same target, the one that is not in conflict (BackendTLSPolicySpec.targetRefs). */
export function winnerAt(lookup: Lookup, target: PolicyTarget): TlsPolicyDocument | undefined {
  return lookup
    .tlsPoliciesOf(target.namespace, target.service)
    .filter(policy => targetsOfPolicy(policy).some(other => isSameTarget(other, target)))
    .sort(byAge)[0];
}

function isSameTarget(left: PolicyTarget, right: PolicyTarget): boolean {
  return left.namespace === right.namespace && left.service === right.service && left.sectionName === right.sectionName;
}

function byAge(left: TlsPolicyDocument, right: TlsPolicyDocument): number {
  return left.createdMs - right.createdMs || (left.name < right.name ? -1 : 1);
}
