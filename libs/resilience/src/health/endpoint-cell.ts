// SPDX-License-Identifier: Apache-2.0
import type { HealthGroup } from './health-group.ts';

/** Why an endpoint is left alone for a while. */
export const EJECTION_REASONS = ['consecutive_5xx', 'consecutive_gateway_errors', 'success_rate', 'latency'] as const;
export type EjectionReason = (typeof EJECTION_REASONS)[number];

/** What an endpoint has answered since the cell was made; each counts up for ever and wraps at 2^32. */
export interface AnswerCounts {
  readonly answers: number;
  readonly failures: number;
  /** Answers whose head came, and how long these took together, in tenths of a millisecond. */
  readonly heads: number;
  readonly headTenths: number;
}

/** Words of a cell. */
const EJECTION = 0;
const UNHEALTHY = 1;
const HELD_BACK = 2;
const FAILURES_IN_A_ROW = 3;
const GATEWAY_ERRORS_IN_A_ROW = 4;
const ANSWERS = 5;
const FAILURES = 6;
const HEADS = 7;
const HEAD_TENTHS = 8;
/** A cache line: workers that write to neighbours must not wait for each other. */
const CELL_BYTES = 64;

/** Of the word that says whether an endpoint is ejected; else the place of its reason in the table, from 1 on. */
const NOT_EJECTED = 0;
const GONE = -1;

export function createCellMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELL_BYTES);
}

/**
 * What all threads know of one endpoint of a Service. Workers count and eject, the main thread does everything that takes time: it
 * readmits, notes what health checks found, and lets shares grow.
 */
export class EndpointCell {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  get isAvailable(): boolean {
    return this.#words[EJECTION]! <= NOT_EJECTED && this.#words[UNHEALTHY] === 0;
  }

  get isHealthy(): boolean {
    return this.#words[UNHEALTHY] === 0;
  }

  /** Undefined = it is not ejected. */
  get ejection(): EjectionReason | undefined {
    return EJECTION_REASONS[Atomics.load(this.#words, EJECTION) - 1];
  }

  /** What is missing from its full share, in thousandths. */
  get heldBack(): number {
    return this.#words[HELD_BACK]!;
  }

  get counts(): AnswerCounts {
    const words = this.#words;
    const [answers = 0, failures = 0, heads = 0, headTenths = 0] = [ANSWERS, FAILURES, HEADS, HEAD_TENTHS].map(
      word => Atomics.load(words, word) >>> 0,
    );
    return { answers, failures, heads, headTenths };
  }

  /** Takes it out, unless it is out or gone already, or `maxEjected` of its group are. False = it stays as it was. */
  eject(reason: EjectionReason, group: HealthGroup, maxEjected: number): boolean {
    const words = this.#words;
    if (Atomics.load(words, EJECTION) !== NOT_EJECTED || !group.reserveEjection(maxEjected)) return false;
    const code = EJECTION_REASONS.indexOf(reason) + 1;
    if (Atomics.compareExchange(words, EJECTION, NOT_EJECTED, code) !== NOT_EJECTED) {
      // Another thread was faster; one place is enough.
      group.releaseEjection();
      return false;
    }
    group.noteChange();
    return true;
  }

  /** Takes an ejected one back, with nothing held against it. Main thread only. */
  readmit(group: HealthGroup): void {
    const words = this.#words;
    Atomics.store(words, FAILURES_IN_A_ROW, 0);
    Atomics.store(words, GATEWAY_ERRORS_IN_A_ROW, 0);
    if (Atomics.exchange(words, EJECTION, NOT_EJECTED) === NOT_EJECTED) return;
    group.releaseEjection();
    group.noteChange();
  }

  /** It is no endpoint any more: whoever still hears of it ejects nothing. Main thread only. */
  retire(group: HealthGroup): void {
    if (Atomics.exchange(this.#words, EJECTION, GONE) > NOT_EJECTED) group.releaseEjection();
  }

  /** What health checks found. Main thread only. */
  setHealthy(isHealthy: boolean, group: HealthGroup): void {
    if (Atomics.exchange(this.#words, UNHEALTHY, Number(!isHealthy)) !== Number(!isHealthy)) group.noteChange();
  }

  /** In thousandths. Main thread only. */
  holdBack(thousandths: number): void {
    this.#words[HELD_BACK] = thousandths;
  }

  /** An answer without error: what failed before was no row. */
  clearRows(): void {
    const words = this.#words;
    if (words[FAILURES_IN_A_ROW] !== 0) Atomics.store(words, FAILURES_IN_A_ROW, 0);
    if (words[GATEWAY_ERRORS_IN_A_ROW] !== 0) Atomics.store(words, GATEWAY_ERRORS_IN_A_ROW, 0);
  }

  /** One more failure; how many in a row that makes. */
  addFailure(): number {
    return Atomics.add(this.#words, FAILURES_IN_A_ROW, 1) + 1;
  }

  /** One more failure that was a gateway error, or (false) one that was not; how many in a row that makes. */
  addGatewayError(isOne: boolean): number {
    if (isOne) return Atomics.add(this.#words, GATEWAY_ERRORS_IN_A_ROW, 1) + 1;
    Atomics.store(this.#words, GATEWAY_ERRORS_IN_A_ROW, 0);
    return 0;
  }

  countAnswer(isFailure: boolean): void {
    Atomics.add(this.#words, ANSWERS, 1);
    if (isFailure) Atomics.add(this.#words, FAILURES, 1);
  }

  countHead(latencyMs: number): void {
    Atomics.add(this.#words, HEADS, 1);
    Atomics.add(this.#words, HEAD_TENTHS, Math.round(latencyMs * 10));
  }
}
