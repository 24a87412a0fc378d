// SPDX-License-Identifier: Apache-2.0
import ts from 'typescript';

/** Lengths of one source file and of the functions in it, in physical lines. */
export interface FileSize {
  readonly file: string;
  readonly lineCount: number;
  readonly functions: readonly FunctionSize[];
}

interface FunctionSize {
  /** `file:line`. */
  readonly place: string;
  readonly lineCount: number;
}

/** Measures a file; `text` is its content, `file` the name to report. */
export function measureFile(file: string, text: string): FileSize {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const functions: FunctionSize[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const firstLine = lineOf(node.getStart(source));
      functions.push({ place: `${file}:${firstLine}`, lineCount: lineOf(node.end) - firstLine + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { file, lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), functions };
}
