// SPDX-License-Identifier: Apache-2.0

/** `host:port`, an IPv6 address in brackets, which are left away; undefined = there is no port. */
export function splitHostPort(text: string): readonly [host: string, port: number | undefined] {
  const colon = text.lastIndexOf(':');
  const hasPort = colon > text.lastIndexOf(']');
  const host = hasPort ? text.slice(0, colon) : text;
  return [host.startsWith('[') ? host.slice(1, -1) : host, hasPort ? Number(text.slice(colon + 1)) : undefined];
}
