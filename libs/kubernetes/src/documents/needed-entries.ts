// SPDX-License-Identifier: Apache-2.0
import { LEFT_OUT_ANNOTATION } from '@weir/policy/resolve';
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import type { Fields } from '../status/plain-fields.ts';

type Metadata = ClusterObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };

/** Of a ConfigMap, and of a Secret, where they are in base64: 64 KiB. */
const MAX_LENGTHS: Readonly<Record<string, number>> = { ConfigMap: 65_536, Secret: 87_384 };
/** Bundles of authorities, and chains, are as large as they are. */
const READ_WHOLE: ReadonlySet<string> = new Set(['ca.crt', 'tls.crt', 'tls.key']);
/** How a JSON Web Key Set begins: one may have a megabyte, under whatever name. */
const KEY_SET = /^\s*\{\s*"keys"\s*:/;
/** Of an entry, to see what it is. */
const BEGINNING_LENGTH = 400;

/**
 * A ConfigMap or Secret without what nobody reads: all of a cluster's are held, and dashboards and archives among them have up to a
 * megabyte each. The names of entries that were left out for their size stand in an annotation.
 */
export function neededEntries(object: ClusterObject): ClusterObject {
  const texts = without(object, ['binaryData']) as ClusterObject;
  const data = fieldsOf(object['data']);
  const maxLength = MAX_LENGTHS[object.kind] ?? Infinity;
  const isLarge = ([name, value]: readonly [string, unknown]): boolean =>
    typeof value === 'string' && value.length > maxLength && !READ_WHOLE.has(name) && !isKeySet(value, object.kind);
  const large = Object.entries(data)
    .filter(isLarge)
    .map(([name]) => name);
  return large.length === 0 ? texts : { ...texts, metadata: withNames(object.metadata, large), data: without(data, large) };
}

function isKeySet(value: string, kind: string): boolean {
  const beginning = value.slice(0, BEGINNING_LENGTH);
  return KEY_SET.test(kind === 'Secret' ? Buffer.from(beginning, 'base64').toString('utf8') : beginning);
}

function withNames(metadata: Metadata, names: readonly string[]): Metadata {
  return { ...metadata, annotations: { ...metadata.annotations, [LEFT_OUT_ANNOTATION]: names.join(' ') } };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
