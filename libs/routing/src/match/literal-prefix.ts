// SPDX-License-Identifier: Apache-2.0

const META = new Set('\\.+*?()|[]{}^$');
const OPTIONAL = new Set('*?{');

/**
 * The text that every match of an anchored RE2 pattern begins with; '' where nothing certain can be said. Most requests do
 * not have it, and so never reach the regex.
 */
export function literalPrefix(pattern: string): string {
  if (hasTopLevelAlternative(pattern)) return '';
  let literal = '';
  let at = pattern.startsWith('^') ? 1 : 0;
  while (at < pattern.length) {
    const isEscaped = pattern[at] === '\\';
    const char = isEscaped ? pattern[at + 1] : pattern[at];
    if (char === undefined || isEscaped !== META.has(char)) break;
    at += isEscaped ? 2 : 1;
    if (OPTIONAL.has(pattern[at] ?? '')) break;
    literal += char;
    if (pattern[at] === '+') break;
  }
  return literal;
}

/** Quoted text (`\Q…\E`) counts as one: rare, and not worth reading. */
function hasTopLevelAlternative(pattern: string): boolean {
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '\\') {
      at++;
      if (pattern[at] === 'Q') return true;
    } else if (char === '[') at = endOfClass(pattern, at);
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}

/** A `]` that comes first, also after `^`, is a member of the class. */
function endOfClass(pattern: string, open: number): number {
  let at = pattern[open + 1] === '^' ? open + 2 : open + 1;
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\') at++;
    else if (pattern.startsWith('[:', at)) at = Math.max(at, pattern.indexOf(':]', at) + 1);
    at++;
  }
  return at;
}
