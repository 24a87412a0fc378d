// SPDX-License-Identifier: Apache-2.0
import { keyOfTarget } from '../../resolve/index.ts';
import type { BackendTarget } from '../../resolve/index.ts';
import type { ResourceName } from '../../snapshot/index.ts';

/** How resources are named; see the types of libs/policy/src/snapshot. */
export const resourceName = {
  backend: (target: BackendTarget): ResourceName => `backend/${keyOfTarget(target)}`,
  /** `key`: `namespace/secret`. */
  certificate: (key: string): ResourceName => `certificate/${key}`,
  port: (address: string, port: number): ResourceName => `port/${address}/${port}`,
  /** `route`: `namespace/name`. */
  rule: (route: string, index: number): ResourceName => `rule/${route}/${index}`,
  /** `gateway`: `namespace/name`. */
  trust: (gateway: string, port: number): ResourceName => `trust/${gateway}/${port}`,
  /** `policy`: `namespace/name`. Namespaces are lower-case, so that no Gateway's authorities have this name. */
  policyTrust: (policy: string): ResourceName => `trust/BackendTLSPolicy/${policy}`,
};
