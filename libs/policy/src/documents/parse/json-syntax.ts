// SPDX-License-Identifier: Apache-2.0
import type { SourceText } from './source-text.ts';
import { SyntaxRefusal } from './syntax-refusal.ts';

const HINT = 'look for a comma, quote or bracket that is missing or too many; JSON has no comments';

/** Why a text is no JSON; undefined when it is. The engine's own message is not passed on: it quotes the text, which may be a Secret's. */
export function jsonSyntaxRefusal({ text }: SourceText): SyntaxRefusal | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const offset = firstFault(text);
    const isEnd = offset >= text.trimEnd().length;
    const message = isEnd ? 'the text ends before its JSON is complete' : 'this cannot be read as JSON';
    return new SyntaxRefusal('json-syntax', message, {
      offset: isEnd ? Math.max(0, text.trimEnd().length - 1) : offset,
      hint: HINT,
    });
  }
}

/** RFC 8259: one token after any space. */
const TOKEN =
  /[\t\n\r ]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null)(?![\w.]))/y;
const SPACE = /[\t\n\r ]*/y;

/** What may come next. */
type Expectation = 'colon' | 'end' | 'key' | 'keyOrClose' | 'next' | 'value' | 'valueOrClose';

/** Where a text stops being JSON: most messages of the engine do not say. */
function firstFault(text: string): number {
  const open: string[] = [];
  let expected: Expectation = 'value';
  let end = 0;
  for (;;) {
    SPACE.lastIndex = end;
    const start = end + (SPACE.exec(text)?.[0].length ?? 0);
    TOKEN.lastIndex = start;
    const [token = '', sign, string]: readonly (string | undefined)[] = TOKEN.exec(text) ?? [];
    const following: Expectation | undefined =
      token === '' ? undefined : follow(expected, { sign, isString: string !== undefined }, open);
    if (following === undefined) return start;
    expected = following;
    end = start + token.length;
  }
}

interface Token {
  readonly sign: string | undefined;
  readonly isString: boolean;
}

/** What may come after a token; undefined when the token may not come here. */
function follow(expected: Expectation, { sign, isString }: Token, open: string[]): Expectation | undefined {
  if (sign === ']' || sign === '}') return close(expected, sign, open);
  switch (expected) {
    case 'colon':
      return sign === ':' ? 'value' : undefined;
    case 'key':
    case 'keyOrClose':
      return isString ? 'colon' : undefined;
    case 'next':
      if (sign !== ',') return undefined;
      return open.at(-1) === '}' ? 'key' : 'value';
    case 'value':
    case 'valueOrClose':
      return sign === undefined ? afterValue(open) : enter(sign, open);
    case 'end':
      return undefined;
  }
}

function close(expected: Expectation, sign: string, open: string[]): Expectation | undefined {
  const mayClose = expected === 'next' || expected === (sign === ']' ? 'valueOrClose' : 'keyOrClose');
  return mayClose && open.pop() === sign ? afterValue(open) : undefined;
}

function enter(sign: string, open: string[]): Expectation | undefined {
  if (sign === '[') {
    open.push(']');
    return 'valueOrClose';
  }
  if (sign !== '{') return undefined;
  open.push('}');
  return 'keyOrClose';
}

function afterValue(open: readonly string[]): Expectation {
  return open.length === 0 ? 'end' : 'next';
}
