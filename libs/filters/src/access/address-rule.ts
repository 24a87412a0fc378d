// SPDX-License-Identifier: Apache-2.0
import type { AddressLists } from '@weir/policy/snapshot';
import { AddressSet } from './address-set.ts';

/** Why an address is refused by a policy's lists; undefined = it is admitted. */
export type AddressCheck = (address: string) => string | undefined;

export function compileAddresses({ allow, deny }: AddressLists): AddressCheck {
  const allowed = allow && new AddressSet(allow);
  const denied = new AddressSet(deny);
  return address => {
    if (denied.has(address)) return `address ${address} is in addresses.deny`;
    return allowed?.has(address) === false ? `address ${address} is not in addresses.allow` : undefined;
  };
}
