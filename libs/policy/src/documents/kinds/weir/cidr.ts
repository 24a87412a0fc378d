// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';
import { inCel, withApiForm } from '../api-form.ts';
import { says } from '../strict-object.ts';

const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/;
/** `::ffff:192.0.2.7`: IPv4 in the clothes of IPv6. Connections are known by their IPv4 address. */
const MAPPED = /^::ffff:/i;
/** Of the longest address, an IPv4 address at the end of eight groups, with its prefix length. */
const MAX_LENGTH = 49;
const IPV4_BITS = 32;
const IPV6_BITS = 128;

/** An address with its prefix length; a single address is written with all of its bits. Undefined for what is neither. */
export function cidrFromText(text: string): string | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bits = bitsOf(address);
  if (bits === undefined || rest.length > 0) return undefined;
  if (length === undefined) return `${address}/${bits}`;
  return PREFIX_LENGTH.test(length) && Number(length) <= bits ? `${address}/${Number(length)}` : undefined;
}

/** Undefined for what is no address; one with a zone (`fe80::1%eth0`) has no place in a CIDR. */
function bitsOf(address: string): number | undefined {
  if (isIPv4(address)) return IPV4_BITS;
  return isIPv6(address) && !address.includes('%') && !MAPPED.test(address) ? IPV6_BITS : undefined;
}

/** An IP address or a range of them. */
export const cidr = z
  .string()
  .max(MAX_LENGTH)
  .refine(
    withApiForm(
      inCel({ rule: 'isIP(self) || isCIDR(self)', message: 'must be an IP address or a CIDR' }),
      (text: string) => cidrFromText(text) !== undefined,
    ),
    says('is neither an IP address nor a CIDR', 'write one such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32'),
  );
