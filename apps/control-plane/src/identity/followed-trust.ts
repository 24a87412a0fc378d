// SPDX-License-Identifier: Apache-2.0
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { AckBook } from '@weir/sync/server';

/** How far one replica, and the proxies that are connected to it, follow the trust bundle. */
export interface FollowedTrust {
  /** Of the bundle that it gives to proxies. */
  readonly bundleVersion: string;
  /** Names of proxies that have it. */
  readonly acked: readonly string[];
  /** What else is missing, in words; leaves are counted by who knows all of them. */
  readonly missing: readonly string[];
}

export interface FollowedTrustParts {
  readonly bundleVersion: string;
  readonly acks: Pick<AckBook, 'statusOf'>;
  /** Whether the control plane itself has a certificate of the root that issues. */
  readonly hasFollowed: boolean;
}

export function followedTrust({ bundleVersion, acks, hasFollowed }: FollowedTrustParts): FollowedTrust {
  const { acked, pending, refusing } = acks.statusOf(MESH_TRUST);
  const missing = [
    ...(hasFollowed ? [] : ['the control plane: its own certificate is of the other root']),
    ...pending.map(proxy => `${proxy}: has not acknowledged the bundle`),
    ...refusing.map(({ proxy, reason }) => `${proxy}: refuses the bundle: ${reason}`),
  ];
  return { bundleVersion, acked, missing };
}
