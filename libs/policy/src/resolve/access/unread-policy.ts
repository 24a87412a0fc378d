// SPDX-License-Identifier: Apache-2.0
import { fails } from '../condition/finding.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import type { Issue } from '../issue.ts';
import type { AccessPolicyDocument } from './access-policy-document.ts';

/** What cannot be read has no say in anything but what it refuses: whoever looks why has to find it. */
export function unreadIssues(document: AccessPolicyDocument): readonly Issue[] {
  if (document.unread === undefined) return [];
  return [
    {
      document,
      severity: 'error',
      code: 'policy-unread',
      path: 'metadata.name',
      message: unreadWords(document),
      hint: 'mend the policy, or run a version of Weir that can read it',
    },
  ];
}

/** That it cannot be read says more than anything else. */
export function withUnread(findings: PolicyFindings, document: AccessPolicyDocument): PolicyFindings {
  if (document.unread === undefined) return findings;
  const found = fails('Invalid', unreadWords(document));
  return { Accepted: found, Programmed: found };
}

function unreadWords({ unread = '', spec }: AccessPolicyDocument): string {
  const consequence = spec.mode === 'Shadow' ? 'it only looks on, and refuses nothing' : 'what it guards is answered with 503';
  return `${unread}; nothing is known of what it said before, and ${consequence}`;
}
