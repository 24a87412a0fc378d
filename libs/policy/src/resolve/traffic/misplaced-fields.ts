// SPDX-License-Identifier: Apache-2.0
import type { Issue } from '../issue.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';
import { BACKEND_FIELDS } from './traffic-fields.ts';

/** What a field of a backend may be said of; all that leads to a Service shares how its endpoints are chosen and connected to. */
const BACKEND_TARGETS: ReadonlySet<string> = new Set(['Namespace', 'Service']);

/** Fields of backends at targets that are none: they have no effect there. */
export function misplacedIssues(document: TrafficPolicyDocument): readonly Issue[] {
  const { targetRefs } = document.spec;
  const written = BACKEND_FIELDS.filter(({ valueIn }) => valueIn(document.spec) !== undefined);
  return written.flatMap(({ path: field }) =>
    targetRefs.flatMap(({ kind, name }, index): Issue | readonly Issue[] => {
      if (BACKEND_TARGETS.has(kind)) return [];
      return {
        document,
        severity: 'error',
        code: 'policy-field-misplaced',
        path: `spec.${field}`,
        message: `spec.${field} has no effect for spec.targetRefs[${index}], ${kind} \`${name}\`: it is of Services, whatever leads to them`,
        hint: `write spec.${field} in a TrafficPolicy for the Service, or for its Namespace`,
      };
    }),
  );
}
