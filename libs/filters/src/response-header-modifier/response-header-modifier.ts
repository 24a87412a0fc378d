// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '@weir/base';
import { headerChangesProblem } from '@weir/policy/snapshot';
import type { ResponseHeaderModifierSpec } from '@weir/policy/snapshot';
import { applyHeaderChanges, removeChangedFields } from '../header-changes/header-changes.ts';
import { unsupportedFilter } from '../unsupported/unsupported-filter.ts';

/** Changes response header fields on the way to the client (Gateway API HTTPHeaderFilter, GEP-1323). */
export function compileResponseHeaderModifier(spec: ResponseHeaderModifierSpec): Filter {
  const problem = headerChangesProblem(spec);
  if (problem !== undefined) return unsupportedFilter(problem);
  return {
    onResponse(_exchange, response) {
      applyHeaderChanges(response.headers, spec);
    },
    onResponseTrailers: trailers => removeChangedFields(trailers, spec),
  };
}
