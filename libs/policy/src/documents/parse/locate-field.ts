// SPDX-License-Identifier: Apache-2.0
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document as YamlDocument, Node, Pair } from 'yaml';

/** A field found in a text: where it begins, and its value. */
interface Step {
  readonly offset: number;
  readonly value: unknown;
  readonly rest: string;
}

const INDEX = /^\[(\d+)\]/;

/** The text of a path such as `spec.rules[0].port`, from its keys and indices. */
export function formatFieldPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** Offset of the field at `path`; of its nearest ancestor that is written, where it is not. */
export function locateField(document: YamlDocument.Parsed, path: string): number {
  let offset = startOf(document.contents);
  let node: unknown = document.contents;
  let rest = path;
  while (rest !== '') {
    const target = isAlias(node) ? node.resolve(document) : node;
    const step = stepInto(target, rest);
    if (step === undefined) break;
    // What an alias stands for is written elsewhere: the alias itself is the place to look at.
    if (!isAlias(node)) ({ offset } = step);
    node = step.value;
    ({ rest } = step);
  }
  return offset;
}

function stepInto(node: unknown, path: string): Step | undefined {
  if (isSeq(node)) return itemAt(node.items, path);
  return isMap(node) ? fieldAt(node.items, path) : undefined;
}

/** Keys may have dots (`metadata.labels.app.kubernetes.io/name`): the longest key that fits is taken. */
function fieldAt(pairs: readonly Pair[], path: string): Step | undefined {
  let best: Step | undefined;
  for (const { key, value } of pairs) {
    if (!isScalar(key)) continue;
    const rest = restAfter(key.source ?? String(key.value), path);
    if (rest === undefined || (best !== undefined && rest.length >= best.rest.length)) continue;
    best = { offset: startOf(key), value, rest };
  }
  return best;
}

/** What is left of a path after its first key; undefined when it begins with another one. */
function restAfter(key: string, path: string): string | undefined {
  if (!path.startsWith(key)) return undefined;
  const rest = path.slice(key.length);
  if (rest.startsWith('.')) return rest.slice(1);
  return rest === '' || rest.startsWith('[') ? rest : undefined;
}

function itemAt(items: readonly unknown[], path: string): Step | undefined {
  const [written = '', index = ''] = INDEX.exec(path) ?? [];
  const item = written === '' ? undefined : items[Number(index)];
  if (item === undefined) return undefined;
  const rest = path.slice(written.length);
  return { offset: startOf(item as Node | null), value: item, rest: rest.startsWith('.') ? rest.slice(1) : rest };
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
