// SPDX-License-Identifier: Apache-2.0
import type { Document as YamlDocument } from 'yaml';
import type { DocumentPosition, DocumentSource, Position } from '../document.ts';
import { locateField } from './locate-field.ts';
import { parseSyntaxTrees } from './syntax-tree.ts';
import type { SourceText } from './source-text.ts';

/**
 * Trees of a file whose fields somebody asked for. Ten thousand documents are not worth keeping as trees, so a text is parsed
 * again when the first problem asks where a field is; further problems of the same file find the tree still there.
 */
const recentTrees = new WeakMap<SourceText, WeakRef<readonly YamlDocument.Parsed[]>>();

/** Which part of a text an object is. */
export interface DocumentSpan {
  /** Which of the text's documents. */
  readonly index: number;
  /** Where the object is inside that document: '' or `items[3]`. */
  readonly prefix: string;
}

/** Where an object is written; it follows the object when lines are added above. */
export class DocumentPlace implements DocumentSource {
  private source: SourceText;
  private span: DocumentSpan;

  constructor(source: SourceText, span: DocumentSpan) {
    this.source = source;
    this.span = span;
  }

  get label(): string {
    const { line, column } = this.find('');
    return `${this.source.file}:${line}:${column}`;
  }

  locate(path: string): DocumentPosition {
    return { file: this.source.file, ...this.find(path) };
  }

  /** Takes over where the same object, unchanged, is written now. */
  moveTo(place: DocumentPlace): void {
    this.source = place.source;
    this.span = place.span;
  }

  private find(path: string): Position {
    const { index, prefix } = this.span;
    const tree = treesOf(this.source)[index];
    if (tree === undefined) return { line: 1, column: 1 };
    const separator = prefix === '' || path === '' || path.startsWith('[') ? '' : '.';
    return this.source.positionAt(locateField(tree, `${prefix}${separator}${path}`));
  }
}

function treesOf(source: SourceText): readonly YamlDocument.Parsed[] {
  const recent = recentTrees.get(source)?.deref();
  if (recent !== undefined) return recent;
  const trees = parseSyntaxTrees(source);
  recentTrees.set(source, new WeakRef(trees));
  return trees;
}
