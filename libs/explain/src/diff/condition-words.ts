// SPDX-License-Identifier: Apache-2.0
import type { AccessRule } from '@weir/policy/snapshot';
import { describePath } from '../text/describe-match.ts';
import { fieldOf, shown } from './values.ts';

type Conditions = Omit<AccessRule, 'name'>;
type Words<Value> = (value: Value) => string;

/** The conditions that are more than a list of texts. */
const WORDS = {
  paths: paths => paths.map(describePath).join(', '),
  headers: headers => headers.map(({ name, values }) => `${name}: ${values.join(' or ')}`).join(', '),
  claims: claims => claims.map(({ path, values }) => `${path.join('.')}: ${values.join(' or ')}`).join(', '),
  certificates: names => names.map(({ kind, value }) => `${kind} ${value}`).join(' or '),
  cel: ({ source }) => source,
} satisfies { readonly [Name in keyof Conditions]?: Words<NonNullable<Conditions[Name]>> };

/** A condition of a rule in words; one that is not written holds for any request. */
export function conditionWords(rule: AccessRule, name: string): string {
  const value = fieldOf(rule, name);
  if (value === undefined) return 'any';
  if (!Object.hasOwn(WORDS, name)) return shown(value);
  // The value is of the condition that the entry is for.
  const words = WORDS[name as keyof typeof WORDS] as Words<unknown>;
  return words(value);
}
