// SPDX-License-Identifier: Apache-2.0
import type { Field, KindModel, ObjectValue, Value } from '../fields/field.ts';
import { aboutKind, allFields } from '../fields/read-kinds.ts';
import { defaultWords, limitWords, markdownTable, typeWords } from './words.ts';

/** The page of a kind: a table for each object in it. */
export function kindPage(model: KindModel): string {
  const { kind, group, version, isNamespaced, fields } = model;
  const where = isNamespaced ? 'in a namespace' : 'of the whole cluster';
  const parts = [
    `# ${kind}`,
    aboutKind(model),
    `\`${group}/${version}\`, ${where}. Fields that this page does not name are refused.`,
    ...mergeSection(model),
    ...fields.flatMap(field => objectsWithin(field.value)).flatMap(objectSection),
  ];
  return `${parts.join('\n\n')}\n`;
}

function mergeSection(model: KindModel): readonly string[] {
  const merged = allFields(model).filter(({ traits }) => traits !== undefined);
  if (merged.length === 0) return [];
  const rows = merged.map(({ path, traits }) => [`\`${path}\``, traits!.strategy, traits!.chain, traits!.enforcedAt]);
  return [
    '## Merging',
    'How what several policies say becomes one, and who acts on it; [merging](merging.md) says what the words mean.',
    markdownTable(['field', 'strategy', 'chain', 'enforced by'], rows),
  ];
}

function objectSection({ path, description, fields, rules }: ObjectValue): readonly string[] {
  return [
    `## ${path}`,
    ...(description === undefined || path === 'spec' ? [] : [description]),
    markdownTable(['field', 'type', 'default', 'limits', 'what it says'], fields.map(fieldRow)),
    ...(rules.length === 0 ? [] : [`Also: ${rules.map(({ message }) => message).join('; ')}.`]),
  ];
}

function fieldRow(field: Field): readonly string[] {
  const { name, value, description = '' } = field;
  return [`\`${name}\``, typeWords(value), defaultWords(field), limitWords(value), description];
}

function objectsWithin(value: Value): readonly ObjectValue[] {
  switch (value.kind) {
    case 'object':
      return [value, ...value.fields.flatMap(field => objectsWithin(field.value))];
    case 'list':
      return objectsWithin(value.item);
    case 'map':
      return objectsWithin(value.value);
    case 'open':
    case 'scalar':
      return [];
  }
}
