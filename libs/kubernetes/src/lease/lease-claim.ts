// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import { ApiError } from '../api/cluster-api.ts';
import type { ClusterObject } from '../api/cluster-api.ts';
import { LEASES } from '../write/builtin-resources.ts';
import { microTime } from '../write/micro-time.ts';
import type { ObjectPlace, ObjectWriter } from '../write/object-writer.ts';
import { isAbandoned } from './abandoned-lease.ts';
import type { LeaseWitness } from './abandoned-lease.ts';
import { leaseRecordFrom, leaseSpec } from './lease-record.ts';
import type { LeaseRecord } from './lease-record.ts';
import { ObservedLease } from './observed-lease.ts';

export interface LeaseClaimOptions {
  readonly writer: Pick<ObjectWriter, 'create' | 'get' | 'replace'>;
  readonly clock: Pick<Clock, 'nowMs' | 'wallMs'>;
  readonly namespace: string;
  /** Of the Lease. */
  readonly name: string;
  /** Of this process; no two that run may have the same. */
  readonly identity: string;
  readonly leaseMs: number;
  /** So long after its last renewal a holder leads no more. */
  readonly renewDeadlineMs: number;
  /** Absent = a lease ends by time alone. */
  readonly witness?: LeaseWitness | undefined;
}

/** A lease that is renewed is not asked about. */
const UNCHANGED_MS = 4_000;

/** `beaten`: somebody wrote the lease meanwhile; whose it is shows the next time. */
export type ClaimResult = 'beaten' | 'held' | 'others';

/** One process's part in a Lease. */
export class LeaseClaim {
  private readonly options: LeaseClaimOptions;
  private readonly place: ObjectPlace;
  private readonly observed = new ObservedLease();

  constructor(options: LeaseClaimOptions) {
    this.options = options;
    this.place = { resource: LEASES, namespace: options.namespace, name: options.name };
  }

  /** Whose it was when it was last looked at; '' = nobody's. */
  get holder(): string {
    return this.observed.holder;
  }

  /** Takes the lease where it is free, or renews it. Throws where the API server refuses or cannot be reached. */
  async acquireOrRenew(signal: AbortSignal): Promise<ClaimResult> {
    const { writer, clock, identity } = this.options;
    const found = await writer.get(this.place, signal);
    if (found === undefined) return this.write(this.recordAfter(undefined), { resourceVersion: undefined, signal });
    const before = leaseRecordFrom(found);
    const { resourceVersion = '' } = found.metadata;
    const isFirst = !this.observed.isKnown;
    this.observed.observe(before, { resourceVersion, nowMs: clock.nowMs() });
    if (this.observed.isHeldByOther(identity, clock.nowMs())) {
      const isQuiet = isFirst || this.observed.unchangedMs(clock.nowMs()) >= UNCHANGED_MS;
      if (!isQuiet || !(await this.isAbandoned(found, signal))) return 'others';
    }
    return this.write(this.recordAfter(before), { resourceVersion, signal });
  }

  /** Lets another one have it at once; does nothing where it is not held. */
  async release(signal: AbortSignal): Promise<void> {
    const found = await this.options.writer.get(this.place, signal);
    const before = found && leaseRecordFrom(found);
    if (found === undefined || before?.holder !== this.options.identity) return;
    const { resourceVersion } = found.metadata;
    await this.write({ ...before, holder: '', durationMs: 1000 }, { resourceVersion, signal });
  }

  private isAbandoned(lease: ClusterObject, signal: AbortSignal): Promise<boolean> {
    const { witness, renewDeadlineMs } = this.options;
    if (witness === undefined) return Promise.resolve(false);
    return isAbandoned(lease, { holder: this.observed.holder, renewDeadlineMs }, { witness, signal });
  }

  private recordAfter(before: LeaseRecord | undefined): LeaseRecord {
    const { identity, clock, leaseMs } = this.options;
    const now = microTime(clock.wallMs());
    const isRenewal = before?.holder === identity;
    return {
      holder: identity,
      durationMs: leaseMs,
      acquireTime: isRenewal ? before.acquireTime : now,
      renewTime: now,
      transitions: (before?.transitions ?? 0) + (isRenewal || before === undefined ? 0 : 1),
    };
  }

  /** `resourceVersion` undefined = makes it. */
  private async write(
    record: LeaseRecord,
    { resourceVersion, signal }: { readonly resourceVersion: string | undefined; readonly signal: AbortSignal },
  ): Promise<ClaimResult> {
    const { writer, namespace, name, clock } = this.options;
    const header = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec: leaseSpec(record) };
    const metadata = { namespace, name };
    try {
      const written =
        resourceVersion === undefined
          ? await writer.create(this.place, { ...header, metadata }, signal)
          : await writer.replace(this.place, { ...header, metadata: { ...metadata, resourceVersion } }, signal);
      const version = written.metadata.resourceVersion ?? '';
      this.observed.observe(record, { resourceVersion: version, nowMs: clock.nowMs() });
      return 'held';
    } catch (reason) {
      if (reason instanceof ApiError && (reason.isConflict || reason.isNotFound)) return 'beaten';
      throw reason;
    }
  }
}
