// SPDX-License-Identifier: Apache-2.0
import { distinctAddresses, parseAddress } from './address.ts';
import type { GatewayContext } from './gateway-context.ts';

/** Where a Gateway listens. */
export interface ResolvedAddresses {
  /** IP addresses to bind, in canonical form. */
  readonly bind: readonly string[];
  /** Why the Gateway is not accepted: an address of a type that Weir does not serve. */
  readonly unsupported: string | undefined;
  /** Why the Gateway is not programmed: an address that is none. */
  readonly unusable: string | undefined;
}

/** `defaults` stand for a Gateway without addresses, and for an address without a value. */
export function resolveAddresses(context: GatewayContext, defaults: readonly string[]): ResolvedAddresses {
  const written = context.document.spec.addresses ?? [];
  if (written.length === 0) return { bind: distinctAddresses(defaults), unsupported: undefined, unusable: undefined };
  const bind: string[] = [];
  const unsupported: string[] = [];
  const unusable: string[] = [];
  for (const [index, { type = 'IPAddress', value = '' }] of written.entries()) {
    const path = `spec.addresses[${index}]`;
    const address = parseAddress(value);
    if (type !== 'IPAddress') unsupported.push(report(context, path, `has type ${type}, and Weir listens on IP addresses`));
    else if (value === '') bind.push(...defaults);
    else if (address === undefined) unusable.push(report(context, path, `has value \`${value}\`, which is no IP address`));
    else bind.push(address);
  }
  return {
    bind: unsupported.length > 0 ? [] : distinctAddresses(bind),
    unsupported: unsupported.length === 0 ? undefined : unsupported.join('; '),
    unusable: unusable.length === 0 ? undefined : unusable.join('; '),
  };
}

function report(context: GatewayContext, path: string, found: string): string {
  const message = `${path} ${found}`;
  const hint = 'write type: IPAddress and an address of this machine, or leave addresses out';
  context.report({ severity: 'error', code: 'address-unsupported', path, message, hint });
  return message;
}
