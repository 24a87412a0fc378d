// SPDX-License-Identifier: Apache-2.0
import { networkInterfaces } from 'node:os';

/** Every address of this machine: a socket of `::` takes IPv4 as well (RFC 3493 §3.7), where there is IPv6 at all. */
export function anyAddress(): '0.0.0.0' | '::' {
  return hasIpv6() ? '::' : '0.0.0.0';
}

/** Whether this machine, or the network of this pod, has an address of IPv6. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some(own => own?.some(({ family }) => family === 'IPv6'));
}
