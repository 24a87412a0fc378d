// SPDX-License-Identifier: Apache-2.0

/**
 * JSON with members sorted by name and without those that are undefined: equal values have equal text, whoever wrote them. Throws on
 * what would not come back as it went.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} cannot be sent as JSON`);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlain(value)) return canonicalObject(value);
  if (value === null || ['boolean', 'number', 'string'].includes(typeof value)) return JSON.stringify(value);
  throw new TypeError(`a ${typeof value} that is no plain data cannot be sent as JSON`);
}

function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(value).filter(name => value[name] !== undefined);
  return `{${names
    .sort()
    .map(name => `${JSON.stringify(name)}:${canonicalJson(value[name])}`)
    .join(',')}}`;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
