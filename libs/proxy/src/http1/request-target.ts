// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from '@weir/base';
import { hostFromAuthority, normaliseTarget } from '@weir/routing';
import { isServerWide } from '../engine/server-options.ts';
import type { ParsedRequest } from './request-head.ts';

const SERVER_WIDE_TARGET = { path: '*', query: undefined, authority: undefined };

/** A parsed head in the form that the engine works with. Throws Fault `bad_request` on a target or host that has no single reading. */
export function requestHeadFromParsed(parsed: ParsedRequest, scheme: 'http' | 'https'): RequestHead {
  const target = isServerWide(parsed) ? SERVER_WIDE_TARGET : normaliseTarget(parsed.target);
  // An absolute target replaces the Host field (RFC 9112 §3.2.2); the field itself must be sound all the same.
  const fieldAuthority = parsed.host?.toLowerCase();
  const fieldHost = fieldAuthority === undefined ? '' : hostFromAuthority(fieldAuthority);
  return {
    method: parsed.method,
    scheme,
    authority: target.authority ?? fieldAuthority ?? '',
    host: target.authority === undefined ? fieldHost : hostFromAuthority(target.authority),
    path: target.path,
    query: target.query,
    headers: parsed.headers,
  };
}
