// SPDX-License-Identifier: Apache-2.0

/** The same document, and whoever reads that field of its `spec` fails as long as `isBad` says so: as by a fault that nobody foresaw. */
export function withFailingField<Given extends object>(document: Given, field: string, isBad: () => boolean = () => true): Given {
  const spec = Reflect.get(document, 'spec') as object;
  const get = (): unknown => {
    if (isBad()) throw new TypeError('nobody thought of this');
    return Reflect.get(spec, field);
  };
  return { ...document, spec: Object.defineProperty({ ...spec }, field, { enumerable: true, get }) };
}
