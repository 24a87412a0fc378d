// SPDX-License-Identifier: Apache-2.0
import { cidrFromText } from '../../documents/kinds/weir/cidr.ts';
import type { GatewayContext } from './gateway-context.ts';

export const PROXY_SOURCES_ANNOTATION = 'weir.dev/proxy-protocol-from';

/** From whom a PROXY header is taken. */
export interface ProxySources {
  readonly cidrs: readonly string[];
  /** Why the annotation cannot be used; undefined = it can, or there is none. */
  readonly invalid: string | undefined;
}

/**
 * Reads the annotation that lists the balancers in front. One wrong entry refuses the whole Gateway: left out, that balancer's
 * clients would all be known by its own address, and rules about addresses would mean something else.
 */
export function resolveProxySources({ document, report }: GatewayContext): ProxySources {
  const written = document.annotations[PROXY_SOURCES_ANNOTATION];
  if (written === undefined) return { cidrs: [], invalid: undefined };
  const entries = written.split(',').map(entry => entry.trim());
  const cidrs = entries.map(cidrFromText);
  const wrong = entries.find((_, index) => cidrs[index] === undefined);
  if (wrong === undefined) return { cidrs: [...new Set(cidrs.flatMap(cidr => cidr ?? []))], invalid: undefined };
  const path = `metadata.annotations.${PROXY_SOURCES_ANNOTATION}`;
  const found = wrong === '' ? 'an empty entry' : `\`${wrong}\``;
  const message = `annotation ${PROXY_SOURCES_ANNOTATION} has ${found}, which is neither an IP address nor a CIDR`;
  const hint = 'write addresses and CIDRs with commas between them, such as 10.0.0.0/8, 2001:db8::1';
  report({ severity: 'error', code: 'proxy-protocol-from-invalid', path, message, hint });
  return { cidrs: [], invalid: message };
}
