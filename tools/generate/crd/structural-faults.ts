// SPDX-License-Identifier: Apache-2.0

type Node = Readonly<Record<string, unknown>>;

const PRESERVES = 'x-kubernetes-preserve-unknown-fields';
const FORBIDDEN = ['$ref', 'oneOf', 'anyOf', 'not', 'definitions', 'patternProperties', 'uniqueItems', 'exclusiveMinimumNumber'];

/**
 * What an API server would not take of a schema, or would take and could not bound the cost of: that every part has a type and every
 * list, map and text a limit. It stands in for an API server, which knows better, where there is none.
 */
export function structuralFaults(schema: unknown, path = ''): readonly string[] {
  const node = schema as Node;
  const at = (fault: string): string => `${path || 'the schema'} ${fault}`;
  if (node[PRESERVES] === true) return [];
  const own = [
    ...(typeof node['type'] === 'string' ? [] : [at('has no type')]),
    ...FORBIDDEN.filter(name => name in node).map(name => at(`has ${name}`)),
    ...(isUnbounded(node, path) ? [at('has no limit')] : []),
    ...(node['additionalProperties'] === false ? [at('forbids other fields')] : []),
    ...listFaults(node).map(at),
  ];
  return [...own, ...partsOf(node, path).flatMap(([partPath, part]) => structuralFaults(part, partPath))];
}

function partsOf(node: Node, path: string): readonly (readonly [path: string, part: unknown])[] {
  const properties = Object.entries((node['properties'] ?? {}) as Node).map(([name, part]) => [`${path}.${name}`, part] as const);
  const items = 'items' in node ? [[`${path}[]`, node['items']] as const] : [];
  const entries = 'additionalProperties' in node ? [[`${path}{}`, node['additionalProperties']] as const] : [];
  return [...properties, ...items, ...entries];
}

/** Texts at the top belong to Kubernetes. */
function isUnbounded(node: Node, path: string): boolean {
  if (/^\.(?:apiVersion|kind|metadata)$/.test(path)) return false;
  const isFixed = 'enum' in node || 'format' in node;
  if (node['type'] === 'string') return !isFixed && !('maxLength' in node) && !('pattern' in node);
  if (node['type'] === 'array') return !('maxItems' in node);
  return 'additionalProperties' in node && !('maxProperties' in node);
}

function listFaults(node: Node): readonly string[] {
  const keys = node['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys)) return [];
  const items = node['items'] as Node;
  const required = Array.isArray(items['required']) ? items['required'] : [];
  const properties = (items['properties'] ?? {}) as Readonly<Record<string, Node>>;
  return keys
    .filter((key): key is string => typeof key === 'string')
    .filter(key => !required.includes(key) && !('default' in (properties[key] ?? {})))
    .map(key => `tells its items apart by ${key}, which need not be written`);
}

/** Every text of a name, wherever it stands. */
export function textsAt(schema: unknown, name: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === name && typeof value === 'string' ? [value] : textsAt(value, name),
  );
}
