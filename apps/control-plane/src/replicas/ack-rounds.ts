// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { ObjectBook } from '../objects/object-book.ts';
import { MAX_OBJECTS } from './replica-circle.ts';
import type { ReplicaCircle } from './replica-circle.ts';
import type { ObjectEdition } from './replica-link.ts';
import { ReplicaRounds } from './replica-rounds.ts';

export interface AckRoundsParts {
  readonly clock: Clock;
  readonly circle: Pick<ReplicaCircle, 'ask' | 'look'>;
  readonly objects: Pick<ObjectBook, 'editionsOf' | 'hasFresh' | 'settle' | 'takeUnsettled'>;
  /** Called with keys of objects of which others have said what their proxies have. Must not throw. */
  readonly onHeard: (keys: readonly string[]) => void;
  /** Told what goes wrong; must not throw. */
  readonly onNote: (text: string) => void;
}

/** Proxies answer one by one: so often others are asked how far theirs are. */
const ROUND_MS = 500;

/**
 * Asks the other replicas about objects that not all proxies have: at most 500 in a call, one call at a time. What is new is asked for at
 * once. Every replica does so, and notes what has arrived, whoever leads: who comes to lead knows already.
 */
export class AckRounds {
  private readonly parts: AckRoundsParts;
  private readonly rounds: ReplicaRounds;

  constructor(parts: AckRoundsParts) {
    this.parts = parts;
    const { clock, onNote } = parts;
    this.rounds = new ReplicaRounds({ clock, everyMs: ROUND_MS, round: () => this.askAll(), what: 'objects', onNote });
  }

  /** Says that there are new objects. */
  touch(): void {
    this.rounds.begin();
  }

  /** Asks about those of these that not all proxies have, now. */
  async hear(keys: readonly string[]): Promise<void> {
    const editions = this.parts.objects.editionsOf(keys);
    if (editions.length > 0) await this.ask(editions);
  }

  /** A round under way ends with the question that it waits for. */
  stop(): void {
    this.rounds.stop();
  }

  private async askAll(): Promise<void> {
    do await this.askInTurn();
    while (!this.rounds.isStopped && this.parts.objects.hasFresh);
  }

  private async askInTurn(): Promise<void> {
    const { objects, onHeard } = this.parts;
    const keys = objects.takeUnsettled(MAX_OBJECTS);
    // Also about none: a replica that has begun anew is found out.
    await this.ask(objects.editionsOf(keys));
    if (this.rounds.isStopped) return;
    objects.settle(keys);
    onHeard(keys);
  }

  private async ask(editions: readonly ObjectEdition[]): Promise<void> {
    if (this.rounds.isStopped) return;
    this.parts.circle.look();
    await this.parts.circle.ask(editions);
  }
}
