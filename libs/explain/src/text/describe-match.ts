// SPDX-License-Identifier: Apache-2.0
import type { PathMatch, RouteMatch, ValueMatch } from '@weir/policy/snapshot';

/** A match in words: `path prefix /cart, GET, header x-canary: yes, query page=2`. */
export function describeMatch({ path, method, headers, query }: RouteMatch): string {
  const parts = [
    `path ${describePath(path)}`,
    ...(method === undefined ? [] : [method]),
    ...headers.map(one => `header ${one.name}${one.kind === 'regex' ? ' ~ ' : ': '}${one.value}`),
    ...query.map(one => `query ${one.name}${operatorOf(one)}${one.value}`),
  ];
  return parts.join(', ');
}

/** `prefix /cart`, `exactly /cart`, `regex /cart/.*`. */
export function describePath({ kind, value }: PathMatch): string {
  return `${kind === 'exact' ? 'exactly' : kind} ${value}`;
}

function operatorOf({ kind }: ValueMatch): string {
  return kind === 'regex' ? ' ~ ' : '=';
}
