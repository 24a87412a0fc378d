// SPDX-License-Identifier: Apache-2.0

/** Whether an `Origin` value is among the allowed ones. */
export type OriginMatcher = (origin: string) => boolean;

/**
 * Compiles allowed origins (GEP-1767): `*`; `https://shop.example`; `https://*.shop.example`, where `*` stands for one or more
 * labels or parts of them, never for a port. Scheme and host compare without case, and an absent port is the scheme's own.
 */
export function compileOriginMatcher(allowOrigins: readonly string[]): OriginMatcher {
  if (allowOrigins.includes('*')) return () => true;
  const normalised = allowOrigins.map(normaliseOrigin);
  const exact = new Set(normalised.filter(origin => !origin.includes('*')));
  const wildcards = normalised.filter(origin => origin.includes('*')).map(compileWildcard);
  return text => {
    const origin = normaliseOrigin(text);
    return exact.has(origin) || wildcards.some(matches => matches(origin));
  };
}

/** A second `*` is taken literally and so matches nothing. */
function compileWildcard(pattern: string): OriginMatcher {
  const star = pattern.indexOf('*');
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return origin => {
    if (origin.length <= before.length + after.length || !origin.startsWith(before) || !origin.endsWith(after)) return false;
    const covered = origin.slice(before.length, origin.length - after.length);
    // Only within the host: what reached over a colon or slash would let a port or a scheme pass for a part of the name.
    return !/[:/@?#]/.test(covered) || isBracketedAddress(covered);
  };
}

function isBracketedAddress(text: string): boolean {
  return /^\[[0-9a-f:.]+\]$/.test(text);
}

function normaliseOrigin(text: string): string {
  const origin = text.toLowerCase();
  if (origin.startsWith('https://') && origin.endsWith(':443')) return origin.slice(0, -4);
  if (origin.startsWith('http://') && origin.endsWith(':80')) return origin.slice(0, -3);
  return origin;
}
