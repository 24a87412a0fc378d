// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { Document } from '../document.ts';
import { DocumentPlace } from './document-place.ts';
import { isMapping, readObject } from './read-object.ts';
import type { WrittenObject } from './read-object.ts';
import { readValues } from './read-values.ts';
import { SourceText } from './source-text.ts';

/** What the text of one file says. */
export interface ParsedText {
  /** In the order of the text. */
  readonly documents: readonly Document[];
  /** Everything that is wrong in it, in the order of the text. */
  readonly problems: readonly Problem[];
  /** How many objects are of kinds that are none of Weir's business. */
  readonly ignoredCount: number;
}

/** Lists in lists are nobody's output. */
const MAX_LIST_DEPTH = 4;

/**
 * Reads the documents of a text: YAML 1.2, also several documents, or JSON where the file is named `.json`; a `List` counts as
 * its items. Never throws: whatever is wrong becomes a problem, and what is right in the same text is still read.
 *
 * @param file path as people know it, for problems
 */
export function parseDocuments(text: string, file: string): ParsedText {
  const source = new SourceText(file, text);
  const { values, problems: unreadable } = readValues(source);
  const documents: Document[] = [];
  const problems = [...unreadable];
  let ignoredCount = 0;
  for (const { value, index } of values) {
    for (const object of unpackList(source, value, { index, prefix: '', depth: 0 })) {
      const result = readObject(object);
      if (result.kind === 'document') documents.push(result.document);
      else if (result.kind === 'refused') problems.push(...result.problems);
      else ignoredCount++;
    }
  }
  return { documents, problems: problems.sort(byPlace), ignoredCount };
}

interface ListPlace {
  readonly index: number;
  readonly prefix: string;
  readonly depth: number;
}

/** `kubectl get -o yaml` wraps several objects into one of kind List. */
function* unpackList(source: SourceText, value: unknown, { index, prefix, depth }: ListPlace): IterableIterator<WrittenObject> {
  const items = depth === MAX_LIST_DEPTH ? undefined : itemsOf(value);
  if (items === undefined) {
    yield { value, place: new DocumentPlace(source, { index, prefix }) };
    return;
  }
  for (const [position, item] of items.entries()) {
    const separator = prefix === '' ? '' : '.';
    yield* unpackList(source, item, { index, prefix: `${prefix}${separator}items[${position}]`, depth: depth + 1 });
  }
}

function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (!isMapping(value) || value['kind'] !== 'List' || value['apiVersion'] !== 'v1') return undefined;
  const { items } = value;
  return Array.isArray(items) ? items : undefined;
}

function byPlace(left: Problem, right: Problem): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}
