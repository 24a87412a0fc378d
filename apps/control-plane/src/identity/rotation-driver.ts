// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Timer } from '@weir/base';
import type { Authority, AuthorityStatus } from '@weir/identity/authority';
import type { AckBook } from '@weir/sync/server';
import { followedTrust } from './followed-trust.ts';
import type { FollowedTrust } from './followed-trust.ts';
import type { LeafLedger } from './leaf-ledger.ts';

/** What replicas tell each other of the trust bundle, and of who was given certificates. */
export interface TrustElsewhere {
  /** Names of proxies that are connected to others and have the bundle. */
  acked(): readonly string[];
  /** Why others have not followed the bundle of this version, or do not say, in words. */
  missing(bundleVersion: string): readonly string[];
  /** For how long every certificate that any replica gave is in the ledger. */
  readonly knownForMs: number;
}

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
  /** The other processes; asked for only where there may be some. */
  readonly elsewhere?: (() => TrustElsewhere | undefined) | undefined;
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
 * Replicas tell each other who was given a leaf and who has the bundle. Where a leaf may be good of which nobody knows (all replicas have
 * begun anew), or one does not answer, a step is as long as a leaf is good, counted from when the leader first saw it: by then whoever has a
 * valid leaf was given it with the bundle of that step.
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

  get isRotating(): boolean {
    return this.parts.authority.status().phase !== 'Stable';
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
      this.parts.onNote(`the rotation of the authority is not followed: ${reasonWords(reason)}`);
    }
    this.isBusy = false;
  }

  private async goOn(): Promise<void> {
    const { authority, isLeading } = this.parts;
    if (!this.isRotating || isLeading?.() === false) return;
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

  /** How far this replica and its own proxies follow the bundle. */
  followed(): FollowedTrust {
    const { authority, acks, hasFollowed } = this.parts;
    return followedTrust({ acks, bundleVersion: authority.bundle().version, hasFollowed: hasFollowed() });
  }

  private missing(): readonly string[] {
    const { authority, elsewhere } = this.parts;
    const others = elsewhere?.();
    const { acked, missing, bundleVersion } = this.followed();
    const all = [
      ...missing,
      ...(others?.missing(bundleVersion) ?? []),
      // One that moves between replicas is known to two; of one replica, two of a name are two.
      ...this.missingLeaves(others === undefined ? acked : [...new Set([...acked, ...others.acked()])]),
    ];
    if (others === undefined) return all;
    const { longestLeafMs } = authority.status();
    const unknownMs = longestLeafMs + MARGIN_MS - others.knownForMs;
    const stepMs = this.phaseSinceMs + longestLeafMs + MARGIN_MS - this.parts.clock.nowMs();
    if (stepMs <= 0) return [];
    return unknownMs <= 0 ? all : [...all, this.untilWords(Math.min(unknownMs, stepMs))];
  }

  private untilWords(leftMs: number): string {
    const until = new Date(this.parts.clock.wallMs() + leftMs).toISOString();
    return `whoever has a leaf from before the replicas began: it has expired at ${until}`;
  }

  private missingLeaves(acked: readonly string[]): readonly string[] {
    const { authority, ledger } = this.parts;
    const leaves = Map.groupBy(ledger.current(), ({ identity }) => identity);
    const { issuingRoot } = authority.bundle();
    return [...leaves].flatMap(([identity, held]) => {
      const old = held.filter(({ root }) => root !== issuingRoot).length;
      const away = held.length - acked.filter(proxy => proxy.startsWith(`${identity}/`)).length;
      return [
        ...(old > 0 ? [`${identity}: ${old} of ${held.length} valid leaves are of the other root`] : []),
        ...(away > 0 ? [`${identity}: ${away} of ${held.length} that have a valid leaf are not connected with the bundle`] : []),
      ];
    });
  }
}
