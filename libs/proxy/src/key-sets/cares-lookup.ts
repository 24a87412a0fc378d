// SPDX-License-Identifier: Apache-2.0
import type { LookupAddress } from 'node:dns';
import type { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

const LOOPBACK: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const LOCALHOST = /(?:^|\.)localhost\.?$/i;

/**
 * Looks names up by c-ares. `dns.lookup` would take a thread of the pool for as long as a name server is silent, and four of them are all
 * there are for files and passwords. Names are taken as they are, without search domains and without /etc/hosts.
 */
export function createCaresLookup(resolver: Resolver): LookupFunction {
  return (hostname, { all }, done) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (first === undefined) done(new Error(`${hostname} has no address`), '');
      else if (all === true) done(null, [...addresses]);
      else done(null, first.address, first.family);
    };
    resolve(hostname, resolver).then(answer, (error: unknown) => done(asError(error), ''));
  };
}

/** What either kind of address has is enough; where neither can be had, the reason of the first. */
async function resolve(hostname: string, resolver: Resolver): Promise<readonly LookupAddress[]> {
  // RFC 6761 §6.3: never asked of a name server.
  if (LOCALHOST.test(hostname)) return LOOPBACK;
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
  return [...addressesOf(four, 4), ...addressesOf(six, 6)];
}

function addressesOf(result: PromiseSettledResult<readonly string[]>, family: 4 | 6): readonly LookupAddress[] {
  return result.status === 'fulfilled' ? result.value.map(address => ({ address, family })) : [];
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the name cannot be resolved', { cause: reason });
}
