// SPDX-License-Identifier: Apache-2.0
import { CONTINUE } from '@weir/base';
import type { Filter } from '@weir/base';
import { splitAuthority } from '@weir/policy/snapshot';
import type { UrlRewriteSpec } from '@weir/policy/snapshot';
import { setAuthority } from '../authority/authority.ts';
import { compilePathChange } from '../path-change/path-change.ts';
import { unsupportedFilter } from '../unsupported/unsupported-filter.ts';

/** Sends the request to the backend under another host or path (Gateway API HTTPURLRewriteFilter). The query stays. */
export function compileUrlRewrite(spec: UrlRewriteSpec): Filter {
  const authority = spec.hostname === undefined ? undefined : splitAuthority(spec.hostname);
  if (spec.hostname !== undefined && !authority) {
    return unsupportedFilter(`hostname ${spec.hostname} of a rewrite is not a hostname`);
  }
  const changePath = spec.path && compilePathChange(spec.path);
  return {
    onRequest(exchange) {
      if (changePath) exchange.request.path = changePath(exchange);
      if (authority) setAuthority(exchange.request, authority);
      return CONTINUE;
    },
  };
}
