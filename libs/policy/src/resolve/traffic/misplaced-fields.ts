// SPDX-License-Identifier: Apache-2.0
import type { Issue } from '../issue.ts';
import { isBackendTarget, writtenBackendFields } from './backend-fields.ts';
import type { TrafficPolicyDocument } from './resolve-traffic-policy.ts';

/** Fields of backends in a policy with a target that is none, nor a Gateway: they have no effect there, nor at its other targets. */
export function misplacedIssues(document: TrafficPolicyDocument): readonly Issue[] {
  const { targetRefs } = document.spec;
  const nowhere = targetRefs.length > 1 ? ', and so has none at all' : '';
  return writtenBackendFields(document).flatMap(field =>
    targetRefs.flatMap((target, index): Issue | readonly Issue[] => {
      if (isBackendTarget(target)) return [];
      const { kind, name, sectionName } = target;
      const what = sectionName === undefined ? `${kind} \`${name}\`` : `\`${sectionName}\` of ${kind} \`${name}\``;
      return {
        document,
        severity: 'error',
        code: 'policy-field-misplaced',
        path: `spec.${field}`,
        message: `spec.${field} has no effect for spec.targetRefs[${index}], ${what}${nowhere}: it is of Services, whatever leads to them`,
        hint: `write spec.${field} in a TrafficPolicy for the Service, for its Namespace, or for the Gateway that calls`,
      };
    }),
  );
}
