// SPDX-License-Identifier: Apache-2.0
import type { DocumentKey, DocumentOfKind } from '@weir/policy/documents';
import { mayWeaken, neutral, strengthens, weakens } from './policy-diff.ts';
import type { Change, Compiled } from './policy-diff.ts';
import { fromTo, isSame, paired } from './values.ts';

type AccessPolicyDocument = DocumentOfKind['AccessPolicy'];

/** By `namespace/name`. */
export function accessPolicyDocument({ documents }: Compiled, label: string): AccessPolicyDocument | undefined {
  const key: DocumentKey = `AccessPolicy/${label}`;
  const document = documents.get(key);
  return document?.kind === 'AccessPolicy' ? document : undefined;
}

/**
 * What a policy declares to others otherwise than before: what may be relaxed, what it wants relaxed, where it is attached. What comes
 * of that for the requests there are now is said of their rules; this is also about those to come.
 */
export function declarationChanges(
  before: AccessPolicyDocument | undefined,
  after: AccessPolicyDocument | undefined,
): readonly Change[] {
  if (after === undefined) return [];
  return [...relaxableChanges(before, after), ...relaxChanges(before, after), ...targetChanges(before, after)];
}

type Relaxable = NonNullable<AccessPolicyDocument['spec']['relaxable']>[number];

function relaxableChanges(before: AccessPolicyDocument | undefined, after: AccessPolicyDocument): readonly Change[] {
  const { both, lost, gained } = paired(relaxableOf(before), relaxableOf(after), ({ part }) => part);
  const words = ({ part }: Relaxable): string => `relaxable: narrower policies may switch off ${part}`;
  return [
    ...gained.map(part => (before === undefined ? neutral : weakens)(words(part))),
    ...lost.map(({ part }) => strengthens(`relaxable: narrower policies may no longer switch off ${part}`)),
    ...both.filter(([old, now]) => !isSame(old, now)).map(([old, now]) => whoMayChange(old, now)),
  ];
}

function relaxableOf(document: AccessPolicyDocument | undefined): readonly Relaxable[] {
  return document?.spec.relaxable ?? [];
}

/** From the policy's own namespace to any, and back; what selectors pick is not known. */
function whoMayChange({ namespaces: before }: Relaxable, { part, namespaces: after }: Relaxable): Change {
  const text = fromTo(`relaxable: who may switch off ${part}`, before.from, after.from);
  if (after.from === 'All' && before.from !== 'All') return weakens(text);
  if (before.from === 'All') return strengthens(text);
  return mayWeaken(text);
}

function relaxChanges(before: AccessPolicyDocument | undefined, after: AccessPolicyDocument): readonly Change[] {
  const { lost, gained } = paired(before?.spec.relax ?? [], after.spec.relax ?? [], part => part);
  return [
    ...gained.map(part => mayWeaken(`relax: ${part} of wider policies, as far as they allow it`)),
    ...lost.map(part => strengthens(`relax: ${part} of wider policies holds again`)),
  ];
}

type Target = AccessPolicyDocument['spec']['targetRefs'][number];

function targetChanges(before: AccessPolicyDocument | undefined, after: AccessPolicyDocument): readonly Change[] {
  if (before === undefined) return [];
  const { lost, gained } = paired(before.spec.targetRefs, after.spec.targetRefs, targetWords);
  return [
    ...lost.map(target => neutral(`no longer attached to ${targetWords(target)}`)),
    ...gained.map(target => neutral(`attached to ${targetWords(target)}`)),
  ];
}

function targetWords({ kind, name, sectionName }: Target): string {
  return sectionName === undefined ? `${kind} ${name}` : `${kind} ${name}, section ${sectionName}`;
}
