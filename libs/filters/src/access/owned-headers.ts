// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';

/**
 * Names as whoever reads fields by way of CGI or WSGI takes them: `X_User` and `X-User` are both HTTP_X_USER there, so that the one
 * would pass for the other.
 */
export function ownedNames(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map(plainName));
}

export function removeOwnedHeaders(headers: HeaderList, owned: ReadonlySet<string>): void {
  if (!hasOwnedHeader(headers, owned)) return;
  headers.removeAny(new Set(headers.names.filter(name => owned.has(plainName(name)))));
}

export function hasOwnedHeader({ names }: HeaderList, owned: ReadonlySet<string>): boolean {
  return owned.size > 0 && names.some(name => owned.has(plainName(name)));
}

function plainName(name: string): string {
  return name.replaceAll('_', '-');
}
