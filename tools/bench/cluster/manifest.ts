// SPDX-License-Identifier: Apache-2.0

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Where the API server has objects of this kind in its namespace, and where it has this one. */
export function placeOf({ apiVersion, kind, metadata }: Manifest): { readonly collection: string; readonly object: string } {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const inside = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  // The plural of each kind that a measurement makes.
  const collection = `${root}${inside}/${kind.toLowerCase()}s`;
  return { collection, object: `${collection}/${metadata.name}` };
}
