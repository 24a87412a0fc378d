// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from '@weir/base';

/** A new authority for a request, split once and not per request. */
export type Authority = Pick<RequestHead, 'authority' | 'host'>;

/** RFC 3986 §3.2 without user information: a name or IPv4 address or a bracketed IPv6 address, and a port. */
const AUTHORITY = /^([a-z0-9\-._~%!$&'()*+,;=]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Splits a host with optional port; undefined where it is none. */
export function compileAuthority(text: string): Authority | undefined {
  const authority = text.toLowerCase();
  const host = AUTHORITY.exec(authority)?.[1];
  return host === undefined ? undefined : { authority, host };
}

export function setAuthority(request: RequestHead, { authority, host }: Authority): void {
  request.authority = authority;
  request.host = host;
}
