// SPDX-License-Identifier: Apache-2.0
import { CONTINUE } from '@weir/base';
import type { Filter } from '@weir/base';
import { requestHeaderChangesProblem, splitAuthority } from '@weir/policy/snapshot';
import type { HeaderChanges, HeaderValue, RequestHeaderModifierSpec } from '@weir/policy/snapshot';
import { setAuthority } from '../authority/authority.ts';
import { applyHeaderChanges, removeChangedFields } from '../header-changes/header-changes.ts';
import { unsupportedFilter } from '../unsupported/unsupported-filter.ts';

/**
 * Changes request header fields on the way to the backend (Gateway API HTTPHeaderFilter). Host is a field to its author and the
 * authority to us: setting or adding it replaces the authority; it cannot be removed, as a request without Host is invalid
 * (RFC 9112 §3.2).
 */
export function compileRequestHeaderModifier(spec: RequestHeaderModifierSpec): Filter {
  const problem = requestHeaderChangesProblem(spec);
  if (problem !== undefined) return unsupportedFilter(problem);
  const host = [...spec.set, ...spec.add].filter(isHost).at(-1);
  const authority = host && splitAuthority(host.value);
  const changes: HeaderChanges = { set: spec.set.filter(isOther), add: spec.add.filter(isOther), remove: spec.remove };
  return {
    onRequest({ request }) {
      applyHeaderChanges(request.headers, changes);
      if (authority) setAuthority(request, authority);
      return CONTINUE;
    },
    onRequestTrailers: trailers => removeChangedFields(trailers, changes),
  };
}

function isHost(field: HeaderValue): boolean {
  return field.name === 'host';
}

function isOther(field: HeaderValue): boolean {
  return field.name !== 'host';
}
