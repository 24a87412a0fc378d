// SPDX-License-Identifier: Apache-2.0
import type { ResolvedTlsPolicy } from '../../resolve/index.ts';
import type { TrustBundle } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** The authorities of a policy, once for all backends that it holds for; none where none can be used. */
export function compileTlsPolicy({ trust: { policy, authoritiesPem } }: ResolvedTlsPolicy): readonly TrustBundle[] {
  if (authoritiesPem === undefined) return [];
  return [{ kind: 'trustBundle', name: resourceName.policyTrust(policy), authoritiesPem }];
}
