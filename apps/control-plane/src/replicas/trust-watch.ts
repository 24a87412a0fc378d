// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { FollowedTrust } from '../identity/followed-trust.ts';
import type { LeafLedger } from '../identity/leaf-ledger.ts';
import type { TrustElsewhere } from '../identity/rotation-driver.ts';
import type { OtherReplica } from './other-replica.ts';
import type { ReplicaCircle } from './replica-circle.ts';
import type { TrustQuestion } from './replica-link.ts';
import { ReplicaRounds } from './replica-rounds.ts';
import type { ToldTrust } from './trust-wire.ts';

export interface TrustWatchParts {
  readonly clock: Clock;
  readonly circle: Pick<ReplicaCircle, 'look' | 'lostReplicas' | 'others'>;
  readonly ledger: LeafLedger;
  /** How far this replica follows the bundle. */
  readonly followed: () => FollowedTrust;
  /** Random, of this process. */
  readonly instance: string;
  /** Whether a rotation is under way: only then it matters which proxies have the bundle. */
  readonly isRotating: () => boolean;
  /** Told what goes wrong; must not throw. */
  readonly onNote: (text: string) => void;
}

interface Heard {
  readonly told: ToldTrust;
  readonly atMs: number;
  /** It was asked which proxies have the bundle. */
  readonly hasProxies: boolean;
}

/** Short, as what was not told yet is lost with the replica that is killed. */
const ROUND_MS = 1_000;
/** Of one answer: about a megabyte. */
const MAX_ENTRIES = 5_000;
/** What was told longer ago is not believed any more. */
const FRESH_MS = 5_000;
const NOT_ASKED: FollowedTrust = { bundleVersion: '', acked: [], missing: [] };
/** All replicas have noticed by then that one is gone: they watch the same Pods. */
const NOTICED_MS = 20_000;

/** What replicas tell each other of certificates: all have one ledger of them, and know how far the others follow the bundle. */
export class TrustWatch implements TrustElsewhere {
  private readonly parts: TrustWatchParts;
  private readonly rounds: ReplicaRounds;
  private readonly heard = new Map<OtherReplica, Heard>();
  /**
   * Since when every certificate that any replica gave is known here, but for what one that was killed gave in its last seconds; by the
   * monotonic clock.
   */
  private knownSinceMs: number;
  /** Monotonic time; before it, others may not have noticed that what they know begins anew. */
  private believesFromMs = -Infinity;

  constructor(parts: TrustWatchParts) {
    this.parts = parts;
    const { clock, onNote } = parts;
    this.knownSinceMs = clock.nowMs();
    this.rounds = new ReplicaRounds({ clock, everyMs: ROUND_MS, round: () => this.hearAll(), what: 'certificates', onNote });
  }

  /**
   * What this replica tells another one that has read its ledger up to `position`. Nothing of the bundle and of proxies unless it wants that:
   * all sessions are looked through for it.
   */
  tell({ position, wantsProxies }: TrustQuestion): ToldTrust {
    const { followed, instance, ledger } = this.parts;
    const trust = wantsProxies ? followed() : NOT_ASKED;
    return { ...trust, instance, knownForMs: this.knownForMs, ledger: ledger.since(Number(position), MAX_ENTRIES) };
  }

  get knownForMs(): number {
    return this.parts.clock.nowMs() - this.knownSinceMs;
  }

  acked(): readonly string[] {
    return this.parts.circle.others.flatMap(replica => this.heard.get(replica)?.told.acked ?? []);
  }

  missing(bundleVersion: string): readonly string[] {
    const { circle } = this.parts;
    return [
      ...circle.others.flatMap(replica => this.missingAt(replica, bundleVersion)),
      ...circle.lostReplicas.map(words => `${words}, and its proxies may be on their way`),
    ];
  }

  /** A round under way ends with the questions that it waits for. */
  stop(): void {
    this.rounds.stop();
  }

  private missingAt(replica: OtherReplica, bundleVersion: string): readonly string[] {
    const heard = this.heard.get(replica);
    const { name } = replica.place;
    if (heard === undefined || this.parts.clock.nowMs() - heard.atMs > FRESH_MS) return [`replica ${name}: does not answer`];
    const { told } = heard;
    if (!heard.hasProxies) return [`replica ${name}: was not asked yet`];
    if (told.bundleVersion !== bundleVersion) return [`replica ${name}: does not have the bundle yet`];
    const unread = told.ledger.isPartial ? ['is still telling which certificates it gave'] : [];
    return [...unread, ...told.missing].map(words => `replica ${name}: ${words}`);
  }

  private async hearAll(): Promise<void> {
    const { circle } = this.parts;
    circle.look();
    const { others } = circle;
    for (const replica of this.heard.keys()) if (!others.includes(replica)) this.part(replica);
    await Promise.all(others.map(replica => this.hear(replica)));
  }

  /** Its process is no more. What it gave since it was last heard, nobody can tell: where that is long ago, what is known begins anew. */
  private part(replica: OtherReplica): void {
    const nowMs = this.parts.clock.nowMs();
    const atMs = this.heard.get(replica)?.atMs ?? -Infinity;
    this.heard.delete(replica);
    if (nowMs - atMs <= FRESH_MS) return;
    this.knownSinceMs = nowMs;
    this.believesFromMs = nowMs + NOTICED_MS;
  }

  private async hear(replica: OtherReplica): Promise<void> {
    const { clock, isRotating, ledger } = this.parts;
    const before = this.heard.get(replica)?.told;
    const question: TrustQuestion = { position: BigInt(before?.ledger.position ?? 0), wantsProxies: isRotating() };
    const told = await replica.bounded(signal => replica.link.trust(question, signal));
    if (told === undefined || this.rounds.isStopped) return;
    // Another process counts from the beginning: what was asked for by the position of the one before is asked for anew.
    if (before !== undefined && before.instance !== told.instance) this.part(replica);
    else {
      ledger.take(told.ledger.entries);
      this.heard.set(replica, { told, atMs: clock.nowMs(), hasProxies: question.wantsProxies });
      if (!told.ledger.isPartial && clock.nowMs() >= this.believesFromMs) {
        this.knownSinceMs = Math.min(this.knownSinceMs, clock.nowMs() - told.knownForMs);
      }
    }
  }
}
