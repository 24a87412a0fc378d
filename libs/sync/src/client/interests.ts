// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timer } from '@weir/base';
import type { RootAnswer, RootOutcome } from '../messages/protocol.ts';
import type { Root } from '../messages/root.ts';

/**
 * What became of something that was needed. `present`: it runs, whole; `missing`: the control plane says that there is no such thing, or
 * that this proxy may not have it; `refused`: what the control plane sent does not run; `unavailable`: no answer came in time.
 */
export type Need =
  | { readonly kind: 'missing'; readonly outcome: Exclude<RootOutcome, 'present'> }
  | { readonly kind: 'present' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unavailable' };

interface Waiter {
  readonly timer: Timer;
  readonly done: (need: Need) => void;
}

interface Interest {
  readonly isPinned: boolean;
  usedMs: number;
  outcome: RootOutcome | undefined;
  readonly waiters: Set<Waiter>;
}

/**
 * Half of what control planes serve to one stream: an application that calls every address of a network would else have its proxy asked
 * for too much, and refused with all that it has, for as long as it remembers them.
 */
const MAX_INTERESTS = 10_000;

/** What a proxy is subscribed to, who waits for it, and since when nobody has used it. */
export class Interests {
  private readonly interests = new Map<Root, Interest>();
  private readonly clock: Clock;

  constructor(pinned: readonly Root[], clock: Clock) {
    this.clock = clock;
    for (const root of pinned) this.add(root, true);
  }

  get roots(): readonly Root[] {
    return [...this.interests.keys()];
  }

  /** Those that were asked for on demand. */
  get demanded(): readonly Root[] {
    return [...this.interests].filter(([, { isPinned }]) => !isPinned).map(([root]) => root);
  }

  outcomeOf(root: Root): RootOutcome | undefined {
    return this.interests.get(root)?.outcome;
  }

  /** Whether a root may be used; where not, some have to be idle first. */
  hasRoomFor(root: Root): boolean {
    return this.interests.has(root) || this.interests.size < MAX_INTERESTS;
  }

  /** Notes a use; true = it is a new interest. */
  use(root: Root): boolean {
    const known = this.interests.get(root);
    if (known !== undefined) known.usedMs = this.clock.nowMs();
    else this.add(root, false);
    return known === undefined;
  }

  /** What was running when it was kept is present. */
  restore(roots: readonly Root[]): void {
    for (const root of roots) {
      this.use(root);
      this.answer([{ root, outcome: 'present' }]);
    }
  }

  wait(root: Root, deadlineMs: number, done: (need: Need) => void): void {
    const interest = this.interests.get(root);
    if (interest === undefined) return;
    const waiter: Waiter = {
      timer: this.clock.after(deadlineMs, () => {
        interest.waiters.delete(waiter);
        done({ kind: 'unavailable' });
      }),
      done,
    };
    interest.waiters.add(waiter);
  }

  answer(answers: readonly RootAnswer[]): void {
    for (const { root, outcome } of answers) {
      const interest = this.interests.get(root);
      if (interest !== undefined) interest.outcome = outcome;
    }
  }

  /** Tells those who wait what `judge` says; undefined = not yet. */
  settle(judge: (root: Root) => Need | undefined): void {
    for (const [root, { waiters }] of this.interests) {
      const need = waiters.size > 0 ? judge(root) : undefined;
      if (need === undefined) continue;
      for (const { timer, done } of waiters) {
        timer.cancel();
        done(need);
      }
      waiters.clear();
    }
  }

  /** Drops and names what nobody has used for so long. */
  dropIdle(idleMs: number): readonly Root[] {
    const idle = [...this.interests].filter(
      ([, { isPinned, usedMs, waiters }]) => !isPinned && waiters.size === 0 && this.clock.nowMs() - usedMs >= idleMs,
    );
    for (const [root] of idle) this.interests.delete(root);
    return idle.map(([root]) => root);
  }

  private add(root: Root, isPinned: boolean): void {
    this.interests.set(root, { isPinned, usedMs: this.clock.nowMs(), outcome: undefined, waiters: new Set() });
  }
}
