// SPDX-License-Identifier: Apache-2.0
import { CONTINUE } from '@weir/base';
import type { Filter } from '@weir/base';
import type { HeaderChanges, HeaderValue, RequestHeaderModifierSpec } from '@weir/policy/snapshot';
import { compileAuthority, setAuthority } from '../authority/authority.ts';
import { applyHeaderChanges, headerChangesProblem } from '../header-changes/header-changes.ts';
import { unsupportedFilter } from '../unsupported/unsupported-filter.ts';

/**
 * Changes request header fields on the way to the backend (Gateway API HTTPHeaderFilter). Host is a field to its author and the
 * authority to us: setting or adding it replaces the authority; it cannot be removed, as a request without Host is invalid
 * (RFC 9112 §3.2).
 */
export function compileRequestHeaderModifier(spec: RequestHeaderModifierSpec): Filter {
  const problem = headerChangesProblem(spec);
  if (problem !== undefined) return unsupportedFilter(problem);
  if (spec.remove.includes('host')) return unsupportedFilter('header host cannot be removed from a request');
  const host = [...spec.set, ...spec.add].filter(isHost).at(-1);
  const authority = host && compileAuthority(host.value);
  if (host && !authority) return unsupportedFilter(`value of header host is not a host with an optional port: ${host.value}`);
  const changes: HeaderChanges = { set: spec.set.filter(isOther), add: spec.add.filter(isOther), remove: spec.remove };
  return {
    onRequest({ request }) {
      applyHeaderChanges(request.headers, changes);
      if (authority) setAuthority(request, authority);
      return CONTINUE;
    },
  };
}

function isHost(field: HeaderValue): boolean {
  return field.name === 'host';
}

function isOther(field: HeaderValue): boolean {
  return field.name !== 'host';
}
