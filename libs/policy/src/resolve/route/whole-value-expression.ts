// SPDX-License-Identifier: Apache-2.0

/** Quoted text, an escape, a class, flags or a single character of an expression in RE2 syntax. */
const TOKEN = /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\(\?[imsU-]+\)|[\s\S]/g;

const FLAGS = /^\(\?[imsU-]+\)$/;
const BEGINNINGS: ReadonlySet<string> = new Set(['^', String.raw`\A`]);
const ENDS: ReadonlySet<string> = new Set(['$', String.raw`\z`]);

/**
 * An expression that is to cover a whole value, in a form that can stand inside a longer one: there `^` and `$` would never
 * hold, and the rule that somebody wrote would be passed over for a wider one. Undefined where they stand elsewhere than around
 * the whole expression or one of its alternatives, so that leaving them out could change what it says. It must be valid RE2.
 */
export function wholeValueExpression(expression: string): string | undefined {
  const tokens = expression.match(TOKEN) ?? [];
  const kept: string[] = [];
  const reader = { depth: 0, isAtBeginning: true };
  for (const [index, token] of tokens.entries()) {
    if (!BEGINNINGS.has(token) && !ENDS.has(token)) {
      kept.push(closed(token));
      advance(reader, token);
    } else if (!isAround(reader, token, tokens[index + 1])) return undefined;
  }
  return kept.join('');
}

/** Where reading is: how many parentheses are open, and whether nothing was read yet of the expression or an alternative of it. */
interface Reader {
  depth: number;
  isAtBeginning: boolean;
}

function advance(reader: Reader, token: string): void {
  if (token === '(') reader.depth++;
  if (token === ')') reader.depth--;
  const isNewAlternative = token === '|' && reader.depth === 0;
  reader.isAtBeginning = isNewAlternative || (reader.isAtBeginning && FLAGS.test(token));
}

function isAround({ depth, isAtBeginning }: Reader, token: string, next: string | undefined): boolean {
  if (depth > 0) return false;
  return BEGINNINGS.has(token) ? isAtBeginning : next === undefined || next === '|' || ENDS.has(next);
}

/** Quoted text may go on to the end of an expression, and would then go on into what comes behind it. */
function closed(token: string): string {
  return token.startsWith(String.raw`\Q`) && !token.endsWith(String.raw`\E`) ? String.raw`${token}\E` : token;
}
