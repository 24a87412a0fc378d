// SPDX-License-Identifier: Apache-2.0
import { fails } from '../condition/finding.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import type { Issue } from '../issue.ts';
import type { AccessPolicyDocument } from './access-policy-document.ts';

/** Whoever serves is who speaks mutual TLS: a Gateway or a route has no mode of its own, and would seem to have one. */
export function misplacedModeIssues(document: AccessPolicyDocument): readonly Issue[] {
  const { mutualTls, targetRefs } = document.spec;
  if (mutualTls === undefined) return [];
  return targetRefs.flatMap(({ kind, name }, index): Issue | readonly Issue[] => {
    if (kind === 'Namespace' || kind === 'Service') return [];
    return {
      document,
      severity: 'error',
      code: 'policy-field-misplaced',
      path: 'spec.mutualTls',
      message: `spec.mutualTls has no effect for spec.targetRefs[${index}], ${kind} \`${name}\`: it is of Services, whoever calls them`,
      hint: 'write spec.mutualTls in an AccessPolicy for the Service or its Namespace',
    };
  });
}

/** A target that is not there says more. */
export function withMisplaced(findings: PolicyFindings, misplaced: readonly Issue[]): PolicyFindings {
  if (misplaced.length === 0 || findings.Accepted.status !== 'True') return findings;
  return { ...findings, Accepted: fails('Invalid', misplaced.map(({ message }) => message).join('; ')) };
}
