// SPDX-License-Identifier: Apache-2.0
import type { Utilization } from '@weir/policy/snapshot';
import type { LoadReport } from './load-report.ts';

/** Half of a weight is what it was a second before: one report out of the line does not move traffic about. */
const SMOOTHING = 0.5;

/**
 * What an endpoint can take, by what it reports (gRFC A58): the requests that it answers for the part of it that they use up. An
 * endpoint that does not report its rate is measured by the answers that this worker has got from it, which is the same share of all
 * answers for each endpoint. Of one worker.
 */
export class EndpointUtilization {
  readonly #settings: Utilization;
  #report: LoadReport | undefined;
  #answerCount = 0;
  #renewedMs: number;
  /** Of the first report after a time without. */
  #sinceMs = Infinity;
  #reportedMs = -Infinity;
  #weight = 0;

  constructor(settings: Utilization, nowMs: number) {
    this.#settings = settings;
    this.#renewedMs = nowMs;
  }

  /** An answer has come, whatever it says. */
  answer(): void {
    this.#answerCount++;
  }

  /** What an answer says of the endpoint, in its head or its trailers. */
  report(report: LoadReport, nowMs: number): void {
    if (nowMs - this.#reportedMs > this.#settings.expiryMs) this.#sinceMs = nowMs;
    this.#reportedMs = nowMs;
    this.#report = report;
  }

  /** Requests a second that it can take, up to a factor that all endpoints have; 0 = not known. Takes in what came since the last call. */
  renew(nowMs: number): number {
    this.#takeIn(nowMs);
    this.#answerCount = 0;
    this.#renewedMs = nowMs;
    const { blackoutMs, expiryMs } = this.#settings;
    const isKnown = nowMs - this.#sinceMs >= blackoutMs && nowMs - this.#reportedMs <= expiryMs;
    return isKnown ? this.#weight : 0;
  }

  #takeIn(nowMs: number): void {
    if (this.#report === undefined) return;
    const { requestsPerSecond, errorsPerSecond, utilization } = this.#report;
    this.#report = undefined;
    const elapsedSeconds = (nowMs - this.#renewedMs) / 1_000;
    const rate = requestsPerSecond > 0 ? requestsPerSecond : this.#answerCount / elapsedSeconds;
    const penalty = requestsPerSecond > 0 ? (errorsPerSecond / requestsPerSecond) * this.#settings.errorPenalty : 0;
    const weight = rate / (utilization + penalty);
    if (!Number.isFinite(weight)) return;
    this.#weight = this.#weight === 0 ? weight : this.#weight * SMOOTHING + weight * (1 - SMOOTHING);
  }
}
