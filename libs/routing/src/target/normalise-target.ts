// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { normalisePath } from './normalise-path.ts';

/** A request target (RFC 9112 §3.2) in the form that the rest of Weir works with. */
export interface NormalisedTarget {
  /** See `normalisePath`. */
  readonly path: string;
  /** As sent, without `?`; undefined when there is none. */
  readonly query: string | undefined;
  /** Host and port of an absolute-form target, lower-case: it replaces the Host field (RFC 9112 §3.2.2). */
  readonly authority: string | undefined;
  /** Scheme of an absolute-form target. */
  readonly scheme: 'http' | 'https' | undefined;
}

const ABSOLUTE_FORM = /^(https?):\/\/([^/?#]*)/i;
/** Registered name or IPv4 address, or a bracketed IPv6 address; then an optional port. No user information. */
const AUTHORITY = /^(?:[a-z0-9\-._~!$&'()*+,;=%]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?$/;
/** What a query must not contain: controls, space, `#`, anything beyond ASCII. */
const REFUSED_IN_QUERY = /[^\x21\x22\x24-\x7e]/;

/**
 * Reads the target of any method but CONNECT. Throws Fault `bad_request` for what `normalisePath` refuses, for control
 * characters, spaces, `#` and bytes beyond ASCII in the query, for other forms and other schemes.
 */
export function normaliseTarget(target: string): NormalisedTarget {
  if (target.startsWith('/')) return split(target, undefined, undefined);
  const absolute = ABSOLUTE_FORM.exec(target);
  if (absolute === null) {
    throw new Fault('bad_request', 'request target is neither a path nor an http or https URL');
  }
  const [start, scheme, authority] = absolute;
  const rest = target.slice(start.length);
  return split(rest.startsWith('/') ? rest : `/${rest}`, scheme?.toLowerCase() === 'https' ? 'https' : 'http', authority);
}

/**
 * The host of an authority that was lower-cased, without its port; brackets stay. Throws Fault `bad_request` for what no
 * authority can be, user information included.
 */
export function hostFromAuthority(authority: string): string {
  if (!AUTHORITY.test(authority)) {
    throw new Fault('bad_request', `authority ${JSON.stringify(authority)} is not host or host:port`);
  }
  const colon = authority.lastIndexOf(':');
  return colon === -1 || authority.endsWith(']') ? authority : authority.slice(0, colon);
}

function split(target: string, scheme: NormalisedTarget['scheme'], authority: string | undefined): NormalisedTarget {
  const lowerCase = authority?.toLowerCase();
  if (lowerCase !== undefined) hostFromAuthority(lowerCase);
  const mark = target.indexOf('?');
  if (mark === -1) return { path: normalisePath(target), query: undefined, authority: lowerCase, scheme };
  const query = target.slice(mark + 1);
  const refused = REFUSED_IN_QUERY.exec(query);
  if (refused !== null) {
    throw new Fault('bad_request', `query has a character at offset ${refused.index} that has to be percent-encoded`);
  }
  return { path: normalisePath(target.slice(0, mark)), query, authority: lowerCase, scheme };
}
