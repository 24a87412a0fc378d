// SPDX-License-Identifier: Apache-2.0

/** One step of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

type Fields = Readonly<Record<string, unknown>>;

/** What makes `after` of `before`, both JSON. Members that are undefined count as absent; lists of another length are replaced whole. */
export function jsonPatch(before: unknown, after: unknown, path = ''): readonly PatchOperation[] {
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((item: unknown, index) => jsonPatch(before[index], item, `${path}/${index}`));
  }
  if (isFields(before) && isFields(after)) return patchOfFields(before, after, path);
  return Object.is(before, after) ? [] : [{ op: 'replace', path, value: after }];
}

function patchOfFields(before: Fields, after: Fields, path: string): readonly PatchOperation[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name): readonly PatchOperation[] => {
    const place = `${path}/${escaped(name)}`;
    const [old, next] = [memberOf(before, name), memberOf(after, name)];
    if (next === undefined) return old === undefined ? [] : [{ op: 'remove', path: place }];
    return old === undefined ? [{ op: 'add', path: place, value: next }] : jsonPatch(old, next, place);
  });
}

function memberOf(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** RFC 6901 §3. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
