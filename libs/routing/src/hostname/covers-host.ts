// SPDX-License-Identifier: Apache-2.0

/**
 * Whether a hostname of a listener or route covers a host. `*.a.b` covers any number of labels in front, at least one
 * (Gateway API, Listener.hostname); `*` covers everything. Both lower-case.
 */
export function coversHost(hostname: string, host: string): boolean {
  if (hostname === '*') return true;
  const end = hostnameEnd(host);
  if (!hostname.startsWith('*.')) return hostname.length === end && host.startsWith(hostname);
  return end >= hostname.length - 1 && host.startsWith(hostname.slice(1), end - hostname.length + 1);
}

/** Order of hostnames that cover one host: negative = `a` is more specific. An exact one, then the longest. */
export function compareHostnames(a: string, b: string): number {
  return Number(a.startsWith('*')) - Number(b.startsWith('*')) || b.length - a.length;
}

/** Where a host ends: one trailing dot only says that the name is absolute (RFC 1034 §3.1). */
export function hostnameEnd(host: string): number {
  return host.endsWith('.') ? host.length - 1 : host.length;
}
