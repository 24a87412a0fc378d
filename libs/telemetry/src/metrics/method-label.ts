// SPDX-License-Identifier: Apache-2.0

/** Values of the label `method`: a client may send any word, and each would be a series. `_OTHER` as in OpenTelemetry. */
export const METHOD_LABELS = ['_OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY'];

const INDEXES: ReadonlyMap<string, number> = new Map(METHOD_LABELS.map((method, index) => [method, index]));

/** Place of a method in `METHOD_LABELS`. */
export function methodIndex(method: string): number {
  return INDEXES.get(method) ?? 0;
}
