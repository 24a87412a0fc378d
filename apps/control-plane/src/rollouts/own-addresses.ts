// SPDX-License-Identifier: Apache-2.0
import { lookup } from 'node:dns';
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { LookupFunction } from 'node:net';
import { isLoopback } from '@weir/base';

/**
 * Where a process reaches, besides loopback, what is for itself and its node alone: addresses that are none, link-local ones (RFC 3927, RFC 4291
 * section 2.5.6), and those by which clouds hand out credentials.
 */
const OWN = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
] as const) {
  OWN.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
] as const) {
  OWN.addSubnet(network, prefix, 'ipv6');
}

/** Whether a connection to an address would lead to the process's own machine, or to what is for that alone. */
export function isOwnAddress(address: string): boolean {
  return isLoopback(address) || OWN.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Why a URL must not be called, as its host is such an address; undefined = it may, as far as it says. Names are looked at by `lookupOthers`. */
export function ownHostProblem(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(?<address>.*)\]$/v, '$<address>');
  return isIP(host) !== 0 && isOwnAddress(host) ? problemOf(host) : undefined;
}

/** Looks a name up, and fails where any of its addresses is such a one: who gives the name may have given it. */
export const lookupOthers: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, []);
    const own = addresses.find(({ address }) => isOwnAddress(address));
    if (own !== undefined) return callback(new Error(problemOf(own.address)), []);
    const [first] = addresses;
    if (options.all === true || first === undefined) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};

function problemOf(address: string): string {
  return `${address} is for the control plane and its node alone: nothing is called there for a Rollout`;
}
