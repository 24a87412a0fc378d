// SPDX-License-Identifier: Apache-2.0

/** The claim at a path of names; undefined where there is none. Looks at own members only: claims are whatever a token says. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Whether the claim is one of the values, or has one of them where it is a list. */
export function hasClaim(
  claims: Readonly<Record<string, unknown>>,
  path: readonly string[],
  values: ReadonlySet<string>,
): boolean {
  const claim = claimAt(claims, path);
  return Array.isArray(claim) ? claim.some(item => isOneOf(item, values)) : isOneOf(claim, values);
}

function isOneOf(value: unknown, values: ReadonlySet<string>): boolean {
  if (typeof value === 'string') return values.has(value);
  return (typeof value === 'number' || typeof value === 'boolean') && values.has(String(value));
}
