// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Document as YamlDocument } from 'yaml';
import { jsonSyntaxRefusal } from './json-syntax.ts';
import type { SourceText } from './source-text.ts';
import { SyntaxRefusal } from './syntax-refusal.ts';
import { syntaxSentence } from './syntax-sentences.ts';
import { parseSyntaxTrees } from './syntax-tree.ts';
import { valueFromNode } from './value-from-node.ts';

/** One document of a text as plain data. */
export interface ReadValue {
  readonly value: unknown;
  /** Which of the text's documents. */
  readonly index: number;
}

export interface ReadValues {
  readonly values: readonly ReadValue[];
  readonly problems: readonly Problem[];
}

/** Turns a text into plain data. A document that cannot be read does not hide the others. */
export function readValues(source: SourceText): ReadValues {
  const values: ReadValue[] = [];
  const problems: Problem[] = [];
  const attempt = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof SyntaxRefusal)) throw error;
      problems.push(problemFromRefusal(source, error));
    }
  };
  attempt(() => {
    if (source.isJson) {
      const refusal = jsonSyntaxRefusal(source);
      if (refusal !== undefined) throw refusal;
    }
    for (const [index, tree] of parseSyntaxTrees(source).entries()) {
      attempt(() => {
        const value = readValue(source, tree);
        if (value !== null) values.push({ value, index });
      });
    }
  });
  return { values, problems };
}

function readValue(source: SourceText, tree: YamlDocument.Parsed): unknown {
  const [first, ...others] = [...tree.errors, ...tree.warnings];
  if (first !== undefined) {
    const { message, hint, offset = first.pos[0] } = syntaxSentence([first, ...others], source);
    throw new SyntaxRefusal(source.isJson ? 'json-syntax' : 'yaml-syntax', message, { offset, hint });
  }
  return valueFromNode(tree.contents);
}

function problemFromRefusal(source: SourceText, { code, message, offset, hint }: SyntaxRefusal): Problem {
  return { severity: 'error', code, file: source.file, ...source.positionAt(offset), message, hint };
}
