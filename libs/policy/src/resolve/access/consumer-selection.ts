// SPDX-License-Identifier: Apache-2.0
import { areMet } from '../gateway/namespace-rule.ts';
import type { LabelRequirement } from '../gateway/namespace-rule.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { ConsumerDocument } from './access-policy-document.ts';

/** Consumers of a namespace, those whose labels meet every requirement. */
export interface ConsumerSelection {
  readonly namespace: string;
  readonly requirements: readonly LabelRequirement[];
}

/** Unique for each selection: `namespace/`, then each requirement as `label In a b`; what labels may not hold is escaped. */
export function keyOfSelection({ namespace, requirements }: ConsumerSelection): string {
  const labels = requirements
    .map(({ label, operator, values }) => [label, operator, ...[...values].sort()].map(encodeURIComponent).join(' '))
    .sort();
  return `${namespace}/${labels.join(',')}`;
}

/** By name. */
export function consumersOf(lookup: Lookup, { namespace, requirements }: ConsumerSelection): readonly ConsumerDocument[] {
  return lookup
    .consumersIn(namespace)
    .filter(({ labels }) => areMet(requirements, labels))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}
