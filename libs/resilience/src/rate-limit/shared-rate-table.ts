// SPDX-License-Identifier: Apache-2.0
import type { Counters } from './counters.ts';
import { FingerprintIndex, NOT_FOUND } from './fingerprint-index.ts';
import { KeyedHash } from './keyed-hash.ts';
import { rateBufferViews } from './rate-buffer.ts';
import type { RateWindow } from './rate-limit.ts';
import { decisionFrom } from './rate-state.ts';
import type { RateCharge, RateDecision } from './rate-state.ts';
import { SlidingWindows } from './sliding-windows.ts';
import { TokenBuckets } from './token-buckets.ts';
import { WindowUse, scaleOf } from './window-use.ts';

/** Where the counters of an algorithm are, and who has them. */
interface Section {
  readonly index: FingerprintIndex;
  readonly counters: Counters<RateWindow>;
}

/** How often `sweep` is to be called; `SWEEP_PARTS` calls go round the table, in 8 s. */
export const SWEEP_PERIOD_MS = 250;
const SWEEP_PARTS = 32;

/**
 * The rate counters of a process, one table in memory that all workers share (`createRateBuffer`), without locks. Each worker makes
 * its own `SharedRateTable` of the same memory; what one admits, all see. Exact over all workers: `TokenBuckets` and
 * `SlidingWindows` say how much is admitted, `FingerprintIndex` what is forgotten when the table is full.
 */
export class SharedRateTable {
  readonly #hash: KeyedHash;
  readonly #buckets: Section;
  readonly #windows: Section;
  #sweepPart = 0;

  constructor(buffer: SharedArrayBuffer) {
    const views = rateBufferViews(buffer);
    const buckets = new TokenBuckets(views.bucketMoments);
    const windows = new SlidingWindows(views.windowSlices);
    this.#hash = new KeyedHash(views.secretLow, views.secretHigh);
    this.#buckets = { index: new FingerprintIndex(views.bucketFingerprints, buckets), counters: buckets };
    this.#windows = { index: new FingerprintIndex(views.windowFingerprints, windows), counters: windows };
  }

  /**
   * Counts a request in all windows of all charges, or in none. `nowMs` is `Clock.nowMs`, which is one for all threads of a process.
   *
   * A request with several windows is first looked at in all of them. When another worker takes the last of a window between that
   * look and the taking, what was already taken goes back; for that moment others may find it gone. So a refused request
   * can refuse others for an instant, and never admits any.
   */
  admit(charges: readonly RateCharge[], nowMs: number): RateDecision {
    const uses = this.#usesOf(charges);
    const first = uses[0];
    if (uses.length === 1 && first) this.#take(first, nowMs);
    else if (this.#looksAdmitted(uses, nowMs)) this.#takeAll(uses, nowMs);
    return decisionFrom(uses);
  }

  /** Gives back what `admit` took; nothing where it took nothing. To be called once at most, and soon. */
  giveBack({ isAdmitted, states }: RateDecision, nowMs: number): void {
    if (!isAdmitted) return;
    for (const state of states) if (state instanceof WindowUse) this.#giveBack(state as WindowUse, nowMs);
  }

  /**
   * Tidies a part of the table; a timer of the main thread calls it every `SWEEP_PERIOD_MS`. Without it, a key that comes back
   * after a long time may find its counter used, as times are kept modulo 2^32.
   */
  sweep(nowMs: number): void {
    for (const { index, counters } of [this.#buckets, this.#windows]) {
      const count = index.entryCount / SWEEP_PARTS;
      for (let entry = Math.floor(this.#sweepPart * count); entry < (this.#sweepPart + 1) * count; entry++) {
        const owner = index.ownerOf(entry);
        if (owner !== undefined) counters.sweep(entry, scaleOf(owner), nowMs);
      }
    }
    this.#sweepPart = (this.#sweepPart + 1) % SWEEP_PARTS;
  }

  #usesOf(charges: readonly RateCharge[]): readonly WindowUse[] {
    const uses: WindowUse[] = [];
    for (const { limit, key, cost } of charges) {
      this.#hash.absorb(key);
      for (const window of limit.windows) {
        this.#hash.finish(window.seedLow, window.seedHigh);
        uses.push(new WindowUse(window, cost, this.#hash));
      }
    }
    return uses;
  }

  #looksAdmitted(uses: readonly WindowUse[], nowMs: number): boolean {
    let isAdmitted = true;
    for (const use of uses) {
      this.#look(use, nowMs);
      isAdmitted &&= use.isAdmitted;
    }
    return isAdmitted;
  }

  #takeAll(uses: readonly WindowUse[], nowMs: number): void {
    for (let taken = 0; taken < uses.length; taken++) {
      this.#take(uses[taken]!, nowMs);
      if (uses[taken]!.isAdmitted) continue;
      for (const use of uses.slice(0, taken)) this.#giveBack(use, nowMs);
      return;
    }
  }

  /** A key without an entry has used nothing, and needs none before something is taken. */
  #look(use: WindowUse, nowMs: number): void {
    const { index, counters } = this.#sectionOf(use);
    use.entry = index.find(use);
    if (use.entry !== NOT_FOUND) counters.look(use, nowMs);
    if (use.cost <= use.window.capacity) return;
    use.isAdmitted = false;
    use.retryAfterMs = Infinity;
  }

  #take(use: WindowUse, nowMs: number): void {
    if (use.cost === 0 || use.cost > use.window.capacity) return this.#look(use, nowMs);
    const { index, counters } = this.#sectionOf(use);
    do {
      use.entry = index.claim(use, nowMs);
      counters.take(use, nowMs);
      // Evicted in the meantime: it may have been another key's counter. Nothing goes back: rather one too few than one too many.
    } while (!index.isOwnedBy(use));
  }

  #giveBack(use: WindowUse, nowMs: number): void {
    const { index, counters } = this.#sectionOf(use);
    if (use.cost === 0 || !index.isOwnedBy(use)) return;
    counters.giveBack(use, nowMs);
    counters.look(use, nowMs);
  }

  #sectionOf({ window }: WindowUse): Section {
    return window.spec.algorithm === 'tokenBucket' ? this.#buckets : this.#windows;
  }
}
