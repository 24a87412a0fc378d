// SPDX-License-Identifier: Apache-2.0
// Loaded with the first name: most sidecars have no HTTP proxy.
import { Resolver } from 'node:dns/promises';
import { Fault } from '@weir/base';
import { createCaresLookup } from '../key-sets/cares-lookup.ts';

const lookup = createCaresLookup(new Resolver({ timeout: 2_000, tries: 2 }));

/** An address of a name. Throws Fault `upstream_connect_failed` where it has none. */
export function lookUpName(name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lookup(name, {}, (error, address) => {
    if (error === null && typeof address === 'string') resolve(address);
    else reject(new Fault('upstream_connect_failed', `${name} has no address`, { cause: error }));
  });
  return promise;
}
