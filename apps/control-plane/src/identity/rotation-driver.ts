// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { Authority, AuthorityStatus } from '@weir/identity/authority';
import { MESH_TRUST } from '@weir/policy/snapshot';
import type { AckBook } from '@weir/sync/server';
import type { LeafLedger } from './leaf-ledger.ts';

export interface RotationDriverParts {
  readonly authority: Authority;
  readonly ledger: LeafLedger;
  readonly acks: Pick<AckBook, 'statusOf'>;
  readonly clock: Clock;
  /** Whether the control plane itself has followed the present bundle. */
  readonly hasFollowed: () => boolean;
  /** The bundle is another one: proxies and the control plane itself are to have it. */
  readonly onBundle: () => void;
  readonly onPhase: (phase: AuthorityStatus['phase']) => void;
  readonly onNote: (text: string) => void;
  /** Of several processes that share the authority, whether this one takes the next step; undefined = there is one. */
  readonly isLeading?: (() => boolean) | undefined;
}

/** Who keeps a rotation from going on, in words. */
export interface RotationView {
  readonly status: AuthorityStatus;
  readonly waitingFor: readonly string[];
}

/** Acknowledgements come by themselves; so often it is looked at whether all are there. */
const LOOK_MS = 500;
/** What another replica did is followed within that, if nobody told of it. */
const FOLLOW_MS = 15_000;
/** Besides the life of a leaf, for clocks that differ and replicas that follow late. */
const MARGIN_MS = 60_000;

/**
 * Takes a rotation of the root from step to step: the next one when everybody has followed the last. A proxy has followed when its stream has
 * acknowledged the bundle and its leaf is of the root that issues. A process that has a valid leaf and no stream is waited for: without
 * the new bundle, the others would refuse it.
 *
 * A replica knows of its own proxies only. So where there are several, each step is as long as a leaf is good, counted from when the leader
 * first saw it: by then whoever has a valid leaf was given it with the bundle of that step.
 */
export class RotationDriver {
  private readonly parts: RotationDriverParts;
  private readonly looks: Timer;
  private phase: AuthorityStatus['phase'];
  private version: string;
  private isBusy = false;
  /** When this phase was first seen here. */
  private phaseSinceMs: number;
  private followedMs: number;

  constructor(parts: RotationDriverParts) {
    this.parts = parts;
    this.phase = parts.authority.status().phase;
    this.version = parts.authority.bundle().version;
    this.phaseSinceMs = parts.clock.nowMs();
    this.followedMs = parts.clock.nowMs();
    this.looks = parts.clock.every(LOOK_MS, () => void this.look());
  }

  view(): RotationView {
    const status = this.parts.authority.status();
    return { status, waitingFor: status.phase === 'Stable' ? [] : this.missing() };
  }

  /** Begins a rotation, or goes on with the one under way. `isForced`: takes one step whoever has not followed. */
  async rotate({ isForced }: { readonly isForced: boolean }): Promise<RotationView> {
    const { authority } = this.parts;
    const wasUnderWay = authority.status().phase !== 'Stable';
    await authority.begin();
    if (isForced && wasUnderWay) await authority.advance({ acked: authority.bundle().version });
    this.tell();
    return this.view();
  }

  /** Throws IdentityError `wrong-phase` once the new root has issued. */
  async abort(): Promise<RotationView> {
    await this.parts.authority.abort();
    this.tell();
    return this.view();
  }

  /** Takes over what another process has done that shares the authority. Throws IdentityError where that cannot be used. */
  async follow(): Promise<void> {
    const { authority, clock } = this.parts;
    this.followedMs = clock.nowMs();
    await authority.reload();
    this.tell();
  }

  stop(): void {
    this.looks.cancel();
  }

  private async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      if (this.parts.isLeading !== undefined && this.parts.clock.nowMs() >= this.followedMs + FOLLOW_MS) await this.follow();
      await this.goOn();
    } catch (reason) {
      this.parts.onNote(
        `the rotation of the authority is not followed: ${reason instanceof Error ? reason.message : String(reason)}`,
      );
    }
    this.isBusy = false;
  }

  private async goOn(): Promise<void> {
    const { authority, isLeading } = this.parts;
    if (authority.status().phase === 'Stable' || isLeading?.() === false) return;
    const acked = this.missing().length === 0 ? authority.bundle().version : undefined;
    if (acked === undefined && isLeading !== undefined) return;
    await authority.advance({ acked });
    this.tell();
  }

  private tell(): void {
    const { authority, onBundle, onPhase } = this.parts;
    const { phase } = authority.status();
    const { version } = authority.bundle();
    if (version !== this.version) onBundle();
    if (phase !== this.phase) {
      this.phaseSinceMs = this.parts.clock.nowMs();
      onPhase(phase);
    }
    this.version = version;
    this.phase = phase;
  }

  private missing(): readonly string[] {
    return this.parts.isLeading === undefined ? this.missingHere() : this.missingAnywhere();
  }

  private missingAnywhere(): readonly string[] {
    const { authority, clock } = this.parts;
    const leftMs = this.phaseSinceMs + authority.status().longestLeafMs + MARGIN_MS - clock.nowMs();
    if (leftMs <= 0) return [];
    const until = new Date(clock.wallMs() + leftMs).toISOString();
    return [`proxies of all replicas: whoever has a leaf has this bundle at ${until}`];
  }

  private missingHere(): readonly string[] {
    const { authority, acks, ledger, hasFollowed } = this.parts;
    const { acked, pending, refusing } = acks.statusOf(MESH_TRUST);
    const leaves = Map.groupBy(ledger.current(), ({ identity }) => identity);
    const { issuingRoot } = authority.bundle();
    return [
      ...(hasFollowed() ? [] : ['the control plane: its own certificate is of the other root']),
      ...pending.map(proxy => `${proxy}: has not acknowledged the bundle`),
      ...refusing.map(({ proxy, reason }) => `${proxy}: refuses the bundle: ${reason}`),
      ...[...leaves].flatMap(([identity, held]) => {
        const old = held.filter(({ root }) => root !== issuingRoot).length;
        const away = held.length - acked.filter(proxy => proxy.startsWith(`${identity}/`)).length;
        return [
          ...(old > 0 ? [`${identity}: ${old} of ${held.length} valid leaves are of the other root`] : []),
          ...(away > 0
            ? [`${identity}: ${away} of ${held.length} that have a valid leaf are not connected with the bundle`]
            : []),
        ];
      }),
    ];
  }
}
