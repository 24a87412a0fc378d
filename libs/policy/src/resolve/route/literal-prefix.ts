// SPDX-License-Identifier: Apache-2.0

/** Characters that mean something in a regular expression: the text before the first is matched as it stands. */
const META = /[\\^$.|?*+()[\]{}]/;

/**
 * The longest whole-segment prefix that every path matched by an unreadable expression begins with. What such a rule would have
 * taken is refused under this prefix: handing it to a wider rule could serve what the expression was there to keep apart.
 */
export function literalPrefixOfRegex(expression: string): string {
  const source = expression.startsWith('^') ? expression.slice(1) : expression;
  // An alternative at the top would begin anew.
  if (source.includes('|')) return '/';
  const metaIndex = source.search(META);
  const literal = metaIndex === -1 ? source : source.slice(0, metaIndex);
  // The last segment may go on, or be optional, behind the literal text.
  const prefix = literal.slice(0, literal.lastIndexOf('/'));
  return prefix === '' || !prefix.startsWith('/') ? '/' : prefix;
}
