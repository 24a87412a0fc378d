// SPDX-License-Identifier: Apache-2.0
import { distinctAddresses, parseAddress } from './address.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Where the proxies of Gateways are. */
export interface GatewayPlace {
  /** IP addresses that Gateways listen on which name none. */
  readonly defaultAddresses: readonly string[];
  /**
   * Each Gateway has proxies of its own, which nobody else listens beside: then the addresses of its document are those of what stands in
   * front, and its proxies listen on the default ones.
   */
  readonly isOwn: boolean;
}

/** Where a Gateway listens. */
export interface ResolvedAddresses {
  /** IP addresses to bind, in canonical form. */
  readonly bind: readonly string[];
  /** Why the Gateway is not accepted: an address of a type that Weir does not serve. */
  readonly unsupported: string | undefined;
  /** Why the Gateway is not programmed: an address that is none. */
  readonly unusable: string | undefined;
}

/** The default addresses stand for a Gateway without any, and for an address without a value. */
export function resolveAddresses(context: GatewayContext, place: GatewayPlace): ResolvedAddresses {
  const written = context.document.spec.addresses ?? [];
  if (written.length === 0) {
    return { bind: distinctAddresses(place.defaultAddresses), unsupported: undefined, unusable: undefined };
  }
  const bind: string[] = [];
  const unsupported: string[] = [];
  const unusable: string[] = [];
  for (const [index, { type = 'IPAddress', value = '' }] of written.entries()) {
    const path = `spec.addresses[${index}]`;
    const address = parseAddress(value);
    if (type !== 'IPAddress') {
      unsupported.push(report(context, path, `has type ${type}, and Weir listens on IP addresses`));
    } else if (address === undefined && value !== '') {
      unusable.push(report(context, path, `has value \`${value}\`, which is no IP address`));
    } else {
      bind.push(...bindAt(address, place));
    }
  }
  return {
    bind: unsupported.length > 0 ? [] : distinctAddresses(bind),
    unsupported: unsupported.length === 0 ? undefined : unsupported.join('; '),
    unusable: unusable.length === 0 ? undefined : unusable.join('; '),
  };
}

function bindAt(address: string | undefined, { defaultAddresses, isOwn }: GatewayPlace): readonly string[] {
  return address === undefined || isOwn ? defaultAddresses : [address];
}

function report(context: GatewayContext, path: string, found: string): string {
  const message = `${path} ${found}`;
  const hint = 'write type: IPAddress and an address of this machine, or leave addresses out';
  context.report({ severity: 'error', code: 'address-unsupported', path, message, hint });
  return message;
}
