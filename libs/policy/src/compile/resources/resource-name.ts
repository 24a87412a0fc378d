// SPDX-License-Identifier: Apache-2.0
import type { BackendTarget } from '../../resolve/index.ts';
import type { ResourceName } from '../../snapshot/index.ts';

/** How resources are named; see the types of libs/policy/src/snapshot. */
export const resourceName = {
  backend: ({ namespace, service, port }: BackendTarget): ResourceName => `backend/${namespace}/${service}/${port}`,
  /** `key`: `namespace/secret`. */
  certificate: (key: string): ResourceName => `certificate/${key}`,
  port: (address: string, port: number): ResourceName => `port/${address}/${port}`,
  udpPort: (address: string, port: number): ResourceName => `port/${address}/${port}/udp`,
  /** `route`: `namespace/name`. */
  rule: (route: string, index: number): ResourceName => `rule/${route}/${index}`,
  /** `gateway`: `namespace/name`. */
  trust: (gateway: string, port: number): ResourceName => `trust/${gateway}/${port}`,
};
