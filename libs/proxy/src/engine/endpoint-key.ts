// SPDX-License-Identifier: Apache-2.0
import type { Endpoint } from '@weir/policy/snapshot';

/** `address:port`, with brackets around IPv6: the key of everything that is kept per endpoint, on the main thread as in workers. */
export function endpointKey({ address, port }: Endpoint): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
