// SPDX-License-Identifier: Apache-2.0
import type { Issue } from '../issue.ts';
import type { ServiceDocument } from './service-port.ts';

export const PROXY_PROTOCOL_ANNOTATION = 'weir.dev/proxy-protocol';

/**
 * The version of the PROXY header that a Service's endpoints expect; undefined = none. An annotation that says something else is
 * an issue, and nothing may be sent: an endpoint that expects a header would take the client's first bytes for it.
 */
export function resolveProxyProtocol(service: ServiceDocument): Issue | 'v1' | 'v2' | undefined {
  const written = service.annotations[PROXY_PROTOCOL_ANNOTATION];
  if (written === undefined || written === 'v1' || written === 'v2') return written;
  return {
    document: service,
    severity: 'error',
    code: 'proxy-protocol-unknown',
    path: `metadata.annotations.${PROXY_PROTOCOL_ANNOTATION}`,
    message: `annotation ${PROXY_PROTOCOL_ANNOTATION} is \`${written}\`, so nothing is sent to the Service`,
    hint: 'write v1 or v2, or leave the annotation out',
  };
}
