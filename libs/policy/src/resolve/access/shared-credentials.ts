// SPDX-License-Identifier: Apache-2.0
import type { Issue } from '../issue.ts';
import type { ConsumerDocument } from './access-policy-document.ts';

/** What Consumers show themselves with, each with whose it is: only what several have. */
export type SharedCredentials = ReadonlyMap<string, ReadonlySet<string>>;

/** `credentials`: of every Consumer that could be taken for another one. */
export function sharedCredentials(credentials: ReadonlyMap<ConsumerDocument, readonly string[]>): SharedCredentials {
  const owners = new Map<string, Set<string>>();
  for (const [document, own] of credentials) {
    for (const one of own) owners.set(one, (owners.get(one) ?? new Set()).add(labelOf(document)));
  }
  return new Map([...owners].filter(([, labels]) => labels.size > 1));
}

/** How a shared credential is spoken of. */
export interface SharedWords {
  readonly code: string;
  /** Field of the Consumer's spec. */
  readonly field: string;
  /** `a key`. */
  readonly what: string;
  readonly hint: string;
}

/** With such a credential one Consumer could pass for the other, so that it admits neither. */
export function sharedIssues(
  document: ConsumerDocument,
  own: readonly string[],
  { shared, words }: { readonly shared: SharedCredentials; readonly words: SharedWords },
): readonly Issue[] {
  const label = labelOf(document);
  const others = new Set(own.flatMap(one => [...(shared.get(one) ?? [])]).filter(owner => owner !== label));
  if (others.size === 0) return [];
  const path = `spec.${words.field}`;
  const message = `${path} has ${words.what} that Consumer ${[...others].join(', ')} has too; it admits neither`;
  return [{ document, severity: 'error', code: words.code, path, message, hint: words.hint }];
}

export function labelOf({ namespace, name }: ConsumerDocument): string {
  return `${namespace}/${name}`;
}
