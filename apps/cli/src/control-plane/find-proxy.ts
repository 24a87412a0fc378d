// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { printable } from '../terminal/printable.ts';

type Proxy = ApiResources['proxy'];

/** More names than this are counted. */
const MAX_NAMES = 8;

/**
 * The proxy that somebody means: by its whole name, or by the beginning of it that no other one has, up to a slash (`shop/cart`). Throws
 * CommandFailure, which says which there are.
 */
export function findProxy(proxies: readonly Proxy[], text: string): Proxy {
  const exact = proxies.filter(({ proxy }) => proxy === text);
  const meant = exact.length > 0 ? exact : proxies.filter(({ proxy }) => proxy.startsWith(`${text}/`));
  const [first] = meant;
  if (first === undefined) throw new CommandFailure(EXIT.refused, `no proxy is connected as ${text}${listOf(proxies)}`);
  // A proxy that has just come back may be there twice for a moment.
  if (new Set(meant.map(({ proxy }) => proxy)).size === 1) return first;
  throw new CommandFailure(EXIT.refused, `${text} may be one of several; write the whole name${listOf(meant)}`);
}

/** Where the API has its admin side. */
export function adminPathOf({ proxy }: Proxy, path: string): string {
  const [namespace = '', serviceAccount = '', ...rest] = proxy.split('/');
  const segments = [namespace, serviceAccount, rest.join('/')].map(encodeURIComponent);
  return `/proxies/${segments.join('/')}/admin/${path.replace(/^\/+/, '')}`;
}

function listOf(proxies: readonly Proxy[]): string {
  if (proxies.length === 0) return '; no proxy is connected at all';
  const names = proxies.slice(0, MAX_NAMES).map(({ proxy }) => `\n    ${printable(proxy)}`);
  const more = proxies.length > MAX_NAMES ? `\n    and ${proxies.length - MAX_NAMES} more` : '';
  return `:${names.join('')}${more}`;
}
