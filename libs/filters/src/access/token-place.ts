// SPDX-License-Identifier: Apache-2.0
import type { HeaderList, RequestHead } from '@weir/base';
import type { TokenSource } from '@weir/policy/snapshot';
import { readCredentials, removeCredential } from './credential-source.ts';

/** The tokens of a request at one place, without the word before them. Any but one is a mistake or an attack. */
export function readTokens(request: RequestHead, source: TokenSource): readonly string[] {
  return source.kind === 'header' ? headerTokens(request.headers, source) : readCredentials(request, source);
}

/** Takes the tokens at a place out of the request; a credential of another scheme in the same field stays. */
export function removeTokens(request: RequestHead, source: TokenSource): void {
  if (source.kind !== 'header') {
    removeCredential(request, source);
    return;
  }
  const { headers } = request;
  for (let i = headers.names.length - 1; i >= 0; i--) {
    if (headers.names[i] !== source.name || tokenIn(headers.values[i]!, source.prefix) === undefined) continue;
    headers.names.splice(i, 1);
    headers.values.splice(i, 1);
  }
}

const NO_TOKENS: readonly string[] = Object.freeze([]);

/** Most requests have the field once, or not at all. */
function headerTokens(
  { names, values }: HeaderList,
  { name, prefix }: Extract<TokenSource, { kind: 'header' }>,
): readonly string[] {
  let found = NO_TOKENS;
  for (let i = names.indexOf(name); i !== -1; i = names.indexOf(name, i + 1)) {
    const token = tokenIn(values[i]!, prefix);
    if (token !== undefined) found = found.length === 0 ? [token] : [...found, token];
  }
  return found;
}

/** Undefined: the value begins with something else. RFC 9110 §11.4: the scheme in any case, then spaces. */
function tokenIn(value: string, prefix: string): string | undefined {
  const { length } = prefix;
  const isFitting = value.startsWith(prefix) || value.slice(0, length).toLowerCase() === prefix.toLowerCase();
  if (!isFitting) return undefined;
  const token = value.slice(length).trim();
  return token === '' ? undefined : token;
}
