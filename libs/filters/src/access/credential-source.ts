// SPDX-License-Identifier: Apache-2.0
import { cookiePairs, cookieValues, nameOfCookie } from '@weir/base';
import type { Exchange, RequestHead } from '@weir/base';
import type { CredentialSource } from '@weir/policy/snapshot';

/** A place where several may be. */
type ParameterSource = Pick<CredentialSource, 'name'> & { readonly kind: 'cookie' | 'query' };

/** The credential of a request at one place; undefined = there is none. An empty one counts as none. */
export function readCredential(request: RequestHead, source: CredentialSource): string | undefined {
  const value = valueAt(request, source);
  return value === '' ? undefined : value;
}

function valueAt({ headers, query }: RequestHead, { kind, name }: CredentialSource): string | undefined {
  switch (kind) {
    case 'header':
      return headers.get(name);
    case 'query':
      return query === undefined ? undefined : (new URLSearchParams(query).get(name) ?? undefined);
    case 'cookie':
      return cookieValues(headers, name)[0];
  }
}

/** All credentials of a request in a query parameter or cookie, but for empty ones. */
export function readCredentials({ headers, query }: RequestHead, { kind, name }: ParameterSource): readonly string[] {
  const values = kind === 'query' ? new URLSearchParams(query ?? '').getAll(name) : cookieValues(headers, name);
  return values.filter(value => value !== '');
}

/** Takes every credential at a place out of a request, so that the backend sees none of them. */
export function removeCredential(request: RequestHead, { kind, name }: CredentialSource): void {
  const { headers, query } = request;
  switch (kind) {
    case 'header':
      headers.remove(name);
      break;
    case 'query':
      if (query !== undefined) request.query = withoutParameter(query, name);
      break;
    case 'cookie': {
      const left = cookiePairs(headers).filter(pair => nameOfCookie(pair) !== name);
      if (left.length === 0) headers.remove('cookie');
      else headers.set('cookie', left.join('; '));
      break;
    }
  }
}

/** Keeps credentials in the query out of the log, which shows the target as it came. */
export function hideParameters(exchange: Exchange, names: readonly string[]): void {
  const start = exchange.target.indexOf('?');
  if (start === -1) return;
  const pairs = exchange.target.slice(start + 1).split('&');
  const shown = pairs.map(pair => {
    const name = names.find(one => isNamed(pair, one));
    return name === undefined ? pair : `${name}=[hidden]`;
  });
  exchange.target = `${exchange.target.slice(0, start)}?${shown.join('&')}`;
}

function isNamed(pair: string, name: string): boolean {
  return new URLSearchParams(pair).get(name) !== null;
}

/** All others stay as they were sent, to the letter. */
export function withoutParameter(query: string, name: string): string | undefined {
  const left = query.split('&').filter(pair => !isNamed(pair, name));
  return left.length === 0 ? undefined : left.join('&');
}
