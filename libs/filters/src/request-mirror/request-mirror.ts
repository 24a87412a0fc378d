// SPDX-License-Identifier: Apache-2.0
import { CONTINUE } from '@weir/base';
import type { Filter } from '@weir/base';
import type { RequestMirrorSpec } from '@weir/policy/snapshot';
import type { FilterContext } from '../filter-context.ts';

/**
 * Sends a share of the requests to a second backend as well and ignores its answers (Gateway API HTTPRequestMirrorFilter,
 * GEP-3171 for the share). A mirror that cannot be resolved mirrors nothing: it may not harm the request itself.
 */
export function compileRequestMirror(spec: RequestMirrorSpec, { mirror, random }: FilterContext): Filter {
  const { backend, access, numerator, denominator } = spec;
  if (backend === undefined || numerator <= 0) return {};
  return {
    onRequest(exchange) {
      // Who may not call a Service reaches it by a mirror neither. That was found out when the request was as it came.
      if (access !== undefined && !exchange.admittedMirrors.includes(backend)) return CONTINUE;
      if (numerator >= denominator || random.next() * denominator < numerator) mirror(backend, exchange);
      return CONTINUE;
    },
  };
}
