// SPDX-License-Identifier: Apache-2.0
import type { SourceText } from './source-text.ts';
import { SyntaxRefusal } from './syntax-refusal.ts';

const POSITION = /at position (\d+)/;

/** Why a text is no JSON; undefined when it is. The engine's own message is not passed on: it quotes the text, which may be a Secret's. */
export function jsonSyntaxRefusal({ text }: SourceText): SyntaxRefusal | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const offset = POSITION.exec(String(error))?.[1];
    const hint = 'look for a comma, quote or bracket that is missing or too many; JSON has no comments';
    return offset === undefined
      ? new SyntaxRefusal('json-syntax', 'the text is no JSON or ends too soon', {
          offset: Math.max(0, text.trimEnd().length - 1),
          hint,
        })
      : new SyntaxRefusal('json-syntax', 'this cannot be read as JSON', { offset: Number(offset), hint });
  }
}
