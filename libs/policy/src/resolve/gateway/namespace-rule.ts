// SPDX-License-Identifier: Apache-2.0
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { GatewayListenerSpec } from '../inventory/document-of.ts';

/** Which namespaces a listener takes routes from. */
export type NamespaceRule =
  | { readonly kind: 'all' }
  | { readonly kind: 'same' }
  | { readonly kind: 'selector'; readonly requirements: readonly LabelRequirement[] };

/** Kubernetes' label selector, one requirement; all of them must hold. */
export interface LabelRequirement {
  readonly label: string;
  readonly operator: 'DoesNotExist' | 'Exists' | 'In' | 'NotIn';
  readonly values: readonly string[];
}

type RouteNamespaces = NonNullable<NonNullable<GatewayListenerSpec['allowedRoutes']>['namespaces']>;
type LabelSelector = NonNullable<RouteNamespaces['selector']>;

/** Kubernetes puts this label on every namespace. */
const NAME_LABEL = 'kubernetes.io/metadata.name';

export function resolveNamespaceRule(namespaces: RouteNamespaces | undefined): NamespaceRule {
  switch (namespaces?.from) {
    case 'All':
      return { kind: 'all' };
    case 'Selector':
      // Without a selector there is nothing that a namespace could satisfy, and an empty list would admit every one.
      if (namespaces.selector === undefined) return { kind: 'selector', requirements: [NOTHING] };
      return { kind: 'selector', requirements: requirementsOf(namespaces.selector) };
    case 'Same':
    case undefined:
      return { kind: 'same' };
  }
}

const NOTHING: LabelRequirement = { label: NAME_LABEL, operator: 'In', values: [] };

/** Whether routes of `namespace` may attach to a listener of a Gateway in `gatewayNamespace`. */
export function admitsNamespace(
  rule: NamespaceRule,
  { lookup, namespace, gatewayNamespace }: { lookup: Lookup; namespace: string; gatewayNamespace: string },
): boolean {
  if (rule.kind === 'all') return true;
  if (rule.kind === 'same') return namespace === gatewayNamespace;
  // A namespace need not be written down in file mode; its name is known all the same.
  const labels = { ...lookup.get('Namespace', '', namespace)?.labels, [NAME_LABEL]: namespace };
  return areMet(rule.requirements, labels);
}

export function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly LabelRequirement[] {
  const equalities = Object.entries(matchLabels).map(([label, value]) => ({ label, operator: 'In' as const, values: [value] }));
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => ({ label: key, operator, values }));
  return [...equalities, ...expressions];
}

/** Whether labels meet every requirement. */
export function areMet(requirements: readonly LabelRequirement[], labels: Readonly<Record<string, string>>): boolean {
  return requirements.every(requirement => isMet(requirement, labels));
}

function isMet({ label, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
