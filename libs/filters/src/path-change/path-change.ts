// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { PathChange } from '@weir/policy/snapshot';

/** Everything that RFC 3986 §3.3 does not allow in a path as it stands; `%` stays, as authors write encoded paths. */
const NOT_IN_PATH = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu;

/**
 * Compiles a path change into a function from an exchange to its new path (Gateway API HTTPPathModifier).
 * A `replacePrefix` under a match that is not a prefix match has nothing to replace: the function throws `filter_unsupported`.
 */
export function compilePathChange(change: PathChange): (exchange: Exchange) => string {
  const value = encodePath(change.value);
  if (change.kind === 'replaceFull') {
    const path = value.startsWith('/') ? value : `/${value}`;
    return () => path;
  }
  const replacement = withoutTrailingSlash(value === '' || value.startsWith('/') ? value : `/${value}`);
  return ({ request, matchedPrefix }) => {
    if (matchedPrefix === '') throw new Fault('filter_unsupported', 'a prefix is to be replaced, but the rule matches no prefix');
    // A prefix match covers whole segments, so that the rest is empty or begins with a slash.
    const rest = request.path.slice(withoutTrailingSlash(matchedPrefix).length);
    return replacement + rest || '/';
  };
}

/** A trailing slash of prefix and replacement is ignored, says the specification. */
function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Percent-encodes what would end the path (`?`, `#`) or the request line (space, line ends). */
function encodePath(path: string): string {
  return path.toWellFormed().replace(NOT_IN_PATH, encodeURIComponent);
}
