// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, Filter } from '@weir/base';
import type { RequestRedirectSpec } from '@weir/policy/snapshot';
import { splitAuthority } from '@weir/policy/snapshot';
import { compilePathChange } from '../path-change/path-change.ts';
import { unsupportedFilter } from '../unsupported/unsupported-filter.ts';

const WELL_KNOWN_PORTS = { http: 80, https: 443 } as const;

/**
 * Answers with a redirect (Gateway API HTTPRequestRedirectFilter). Location is absolute: a relative one would let the path of
 * the request (`//evil.example`) name another host. The query is kept.
 */
export function compileRequestRedirect(spec: RequestRedirectSpec): Filter {
  if (spec.hostname !== undefined && !splitAuthority(spec.hostname)) {
    return unsupportedFilter(`hostname ${spec.hostname} of a redirect is not a hostname`);
  }
  const changePath = spec.path && compilePathChange(spec.path);
  return {
    onRequest(exchange) {
      const { request } = exchange;
      const path = changePath ? changePath(exchange) : request.path;
      const query = request.query === undefined ? '' : `?${request.query}`;
      const location = `${originOf(spec, exchange)}${path}${query}`;
      const headers = HeaderList.of(['location', location]);
      return { kind: 'reply', response: { status: spec.statusCode, headers, contentLength: 0 }, body: '' };
    },
  };
}

/** Scheme, host and port. The port is left out where it is the scheme's own. */
function originOf(spec: RequestRedirectSpec, { request, downstream, servicePort }: Exchange): string {
  const scheme = spec.scheme ?? request.scheme;
  const host = spec.hostname ?? request.host;
  if (host === '') throw new Fault('bad_request', 'a redirect needs a host, and the request names none');
  const calledPort = servicePort ?? downstream.localPort;
  const port = spec.port ?? (spec.scheme === undefined ? calledPort : WELL_KNOWN_PORTS[spec.scheme]);
  return port === WELL_KNOWN_PORTS[scheme] ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}
