// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import type { Document, KindName } from '../../documents/index.ts';
import { fails, holds } from '../condition/finding.ts';
import type { PolicyFindings } from '../condition/findings.ts';
import type { Lookup } from '../inventory/tracked-lookup.ts';
import type { Issue } from '../issue.ts';
import { describeMissing } from '../reference/missing-object.ts';
import type { PolicyDocument } from './policy-index.ts';

type Target = PolicyDocument['spec']['targetRefs'][number];

/**
 * What is wrong with the targets of a policy. One that does not exist is not guarded, which is the one place where a mistake opens
 * something; so it is always an error.
 */
export function targetIssues(document: PolicyDocument, lookup: Lookup): readonly Issue[] {
  return document.spec.targetRefs.flatMap((target, index): readonly Issue[] => {
    const path = `spec.targetRefs[${index}]`;
    const found = target.kind === 'Namespace' ? namespaceFault(document, target) : objectFault(document, target, lookup);
    if (found === undefined) return [];
    const { field, message, hint } = found;
    const code = 'policy-target-not-found';
    return [
      {
        document,
        severity: 'error',
        code,
        path: `${path}.${field}`,
        message: `${path} ${message}; nothing is guarded by it`,
        hint,
      },
    ];
  });
}

interface TargetFault {
  readonly field: 'name' | 'sectionName';
  readonly message: string;
  readonly hint: string;
}

/** A namespace need not be written down; only its own may be named. */
function namespaceFault({ namespace }: PolicyDocument, { name }: Target): TargetFault | undefined {
  if (name === namespace) return undefined;
  const message = `names Namespace \`${name}\`, and the policy is in namespace \`${namespace}\``;
  return { field: 'name', message, hint: `write name: ${namespace}, or move the policy to namespace \`${name}\`` };
}

function objectFault(
  { namespace }: PolicyDocument,
  { kind, name, sectionName }: Target,
  lookup: Lookup,
): TargetFault | undefined {
  // The schema lets no other kinds in.
  const kindName = kind as KindName;
  const object = lookup.get(kindName, namespace, name);
  if (object === undefined) return { field: 'name', ...describeMissing(lookup, { kind: kindName, namespace, name }) };
  if (sectionName === undefined) return undefined;
  const sections = sectionsOf(object);
  if (sections.includes(sectionName)) return undefined;
  const what = kind === 'Gateway' || kind === 'ListenerSet' ? 'listener' : 'rule';
  const has = sections.length === 0 ? `no ${what} with a name` : sections.map(section => `\`${section}\``).join(', ');
  const nearest = nearestName(sectionName, sections);
  const hint = nearest === undefined ? `write the name of a ${what}, or leave sectionName out` : `did you mean \`${nearest}\`?`;
  return { field: 'sectionName', message: `names ${what} \`${sectionName}\` of ${kind} \`${name}\`, which has ${has}`, hint };
}

function sectionsOf(object: Document): readonly string[] {
  switch (object.kind) {
    case 'Gateway':
    case 'ListenerSet':
      return object.spec.listeners.map(({ name }) => name);
    case 'HTTPRoute':
    case 'GRPCRoute':
    case 'TLSRoute':
    case 'TCPRoute':
    case 'UDPRoute':
      return object.spec.rules.flatMap(({ name }) => name ?? []);
    default:
      return [];
  }
}

/** What is said of a policy as a whole. `missing`: what targetIssues has found; `unresolved`: why it cannot be evaluated. */
export function policyFindings(
  { spec }: PolicyDocument,
  missing: readonly Issue[],
  unresolved: string | undefined,
): PolicyFindings {
  const words = missing.map(({ message }) => message).join('; ');
  const isLost = missing.length === spec.targetRefs.length;
  return {
    Accepted: isLost ? fails('TargetNotFound', words) : holds('Accepted', words),
    Programmed:
      unresolved === undefined
        ? holds('Programmed')
        : fails('Invalid', `${unresolved}; what the policy guards is answered with 503`),
  };
}
