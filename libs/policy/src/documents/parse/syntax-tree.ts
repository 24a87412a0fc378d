// SPDX-License-Identifier: Apache-2.0
import { parseAllDocuments } from 'yaml';
import type { Document as YamlDocument } from 'yaml';
import { SyntaxRefusal } from './syntax-refusal.ts';
import type { SourceText } from './source-text.ts';

/**
 * The syntax trees of a text's documents. JSON is read by the same parser, as YAML 1.2 has all of it but tabs between tokens.
 *
 * @throws {SyntaxRefusal} when brackets are nested so deep that the parser gives up.
 */
export function parseSyntaxTrees(source: SourceText): readonly YamlDocument.Parsed[] {
  // A tab inside a JSON string is an escape, so every tab that is written is space; columns stay as they are.
  const text = source.isJson ? source.text.replaceAll('\t', ' ') : source.text;
  try {
    const parsed = parseAllDocuments(text, { prettyErrors: false, logLevel: 'silent' });
    return 'empty' in parsed ? [] : parsed;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SyntaxRefusal('nested-too-deep', 'values are nested too deep', {
      offset: 0,
      hint: 'no kind of document is that deep; look for brackets that are not closed',
    });
  }
}
