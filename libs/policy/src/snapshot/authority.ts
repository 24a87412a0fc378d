// SPDX-License-Identifier: Apache-2.0

/** RFC 3986 §3.2 without user information: a name or IPv4 address or a bracketed IPv6 address, and a port. */
const AUTHORITY = /^([a-z0-9\-._~%!$&'()*+,;=]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Splits a host with optional port, made lower-case; undefined where it is none. */
export function splitAuthority(text: string): { readonly authority: string; readonly host: string } | undefined {
  const authority = text.toLowerCase();
  const host = AUTHORITY.exec(authority)?.[1];
  return host === undefined ? undefined : { authority, host };
}
