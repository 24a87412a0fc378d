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

/**
 * A ConfigMap or Secret without what nobody reads: all of a cluster's are held, and dashboards and archives among them have up to a
 * megabyte each. The names of entries that were left out for their size stand in an annotation.
 */
export function neededEntries(object: ClusterObject): ClusterObject {
  const texts = without(object, ['binaryData']) as ClusterObject;
  const data = fieldsOf(object['data']);
  const maxLength = MAX_LENGTHS[object.kind] ?? Infinity;
  const large = Object.keys(data).filter(name => !READ_WHOLE.has(name) && lengthOf(data[name]) > maxLength);
  return large.length === 0 ? texts : { ...texts, metadata: withNames(object.metadata, large), data: without(data, large) };
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

function withNames(metadata: Metadata, names: readonly string[]): Metadata {
  return { ...metadata, annotations: { ...metadata.annotations, [LEFT_OUT_ANNOTATION]: names.join(' ') } };
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
