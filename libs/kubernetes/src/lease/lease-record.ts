// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';

/** What a Lease says (coordination.k8s.io/v1 LeaseSpec). */
export interface LeaseRecord {
  /** '' = nobody. */
  readonly holder: string;
  readonly durationMs: number;
  /** RFC 3339 with microseconds, by the holder's clock: for people, and to see that it was renewed. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
}

export function leaseRecordFrom({ spec }: ClusterObject): LeaseRecord {
  const fields: Readonly<Record<string, unknown>> = typeof spec === 'object' && spec !== null ? { ...spec } : {};
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = fields;
  return {
    holder: typeof holderIdentity === 'string' ? holderIdentity : '',
    durationMs: countFrom(leaseDurationSeconds) * 1000,
    acquireTime: typeof acquireTime === 'string' ? acquireTime : undefined,
    renewTime: typeof renewTime === 'string' ? renewTime : undefined,
    transitions: countFrom(leaseTransitions),
  };
}

/** An empty holder is left out: an API server takes none that is empty. */
export function leaseSpec({ holder, durationMs, acquireTime, renewTime, transitions }: LeaseRecord): object {
  return {
    ...(holder === '' ? {} : { holderIdentity: holder }),
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    ...{ acquireTime, renewTime },
    leaseTransitions: transitions,
  };
}

function countFrom(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}
