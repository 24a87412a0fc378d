// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import { parseKeySet } from '@weir/policy/snapshot';
import type { KeySet } from '@weir/policy/snapshot';
import type { KeySource } from './key-source.ts';
import { TokenRefusal } from './token-refusal.ts';

export interface KeySetPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** The text behind a URL. Rejects with an Error in words for operators; ends soon after `signal` does. */
  readonly fetchKeySet: (url: string, signal: AbortSignal) => Promise<string>;
  /** Called once for each fetch, for logs and metrics. */
  readonly onFetch: (report: KeySetReport) => void;
}

/** `failed`: the keys from before are used on; `detail` says why. `changed` and `unchanged`: what was left out. */
export interface KeySetReport {
  readonly url: string;
  readonly outcome: 'changed' | 'unchanged' | 'failed';
  readonly detail: string;
}

/** From the beginning of a fetch to its last byte: no request waits longer for keys. */
export const FETCH_TIMEOUT_MS = 5000;
/** What unknown names of keys may ask for, however many come: a key is in use as soon as this after the issuer publishes it. */
export const UNKNOWN_KEY_INTERVAL_MS = 10_000;
/** Requests that wait for one fetch. Those beyond are refused at once. */
export const MAX_WAITING = 1000;
/** After the first failure; doubles with each up to the other one. */
export const FIRST_RETRY_MS = 1000;
export const MAX_RETRY_MS = 30_000;
/** Above a month a timer of Node fires at once. */
const MAX_REFRESH_MS = 86_400_000;

/** The key set behind one URL: fetched when it is first asked for, then refreshed until it is stopped. */
export class RemoteKeySet implements KeySource {
  current: KeySet | undefined = undefined;
  private readonly url: string;
  private readonly ports: KeySetPorts;
  refreshMs = MAX_REFRESH_MS;
  private text = '';
  private fetching: Promise<void> | undefined = undefined;
  private waitingCount = 0;
  private lastFetchMs = -Infinity;
  private failureCount = 0;
  private lastFailure = '';
  private next: Timer | undefined = undefined;
  private isStopped = false;

  constructor(url: string, ports: KeySetPorts) {
    this.url = url;
    this.ports = ports;
  }

  /** From the next refresh on. */
  refreshEvery(refreshMs: number): void {
    this.refreshMs = Math.max(Math.min(refreshMs, MAX_REFRESH_MS), UNKNOWN_KEY_INTERVAL_MS);
  }

  first(): Promise<KeySet> {
    if (this.current !== undefined) return Promise.resolve(this.current);
    // Its retries go on in the background; a request that waited for one would only be refused later.
    if (this.fetching === undefined && this.failureCount > 0) return Promise.reject(this.unavailable());
    if (this.waitingCount >= MAX_WAITING) {
      return Promise.reject(this.unavailable(`${MAX_WAITING} requests wait for them already`));
    }
    return this.wait().then(() => this.currentOrThrow());
  }

  refresh(): Promise<KeySet> | undefined {
    const isRecent = this.ports.clock.nowMs() - this.lastFetchMs < UNKNOWN_KEY_INTERVAL_MS;
    if ((this.fetching === undefined && isRecent) || this.waitingCount >= MAX_WAITING) return undefined;
    return this.wait().then(() => this.currentOrThrow());
  }

  /** Ends refreshes. Who still has it can use the keys there are, and a fetch that is under way ends within its deadline. */
  stop(): void {
    this.isStopped = true;
    this.next?.cancel();
  }

  private async wait(): Promise<void> {
    this.fetching ??= this.fetch();
    this.waitingCount++;
    try {
      await this.fetching;
    } finally {
      this.waitingCount--;
    }
  }

  /** Never rejects. */
  private async fetch(): Promise<void> {
    this.next?.cancel();
    this.lastFetchMs = this.ports.clock.nowMs();
    try {
      this.accept(await this.fetchText());
    } catch (error) {
      this.fail(reasonWords(error));
    }
    this.fetching = undefined;
    if (!this.isStopped) this.next = this.ports.clock.after(this.delayMs(), () => void this.wait());
  }

  /** The deadline holds also where the port does not heed its signal. */
  private async fetchText(): Promise<string> {
    const { clock, fetchKeySet } = this.ports;
    const abort = new AbortController();
    const timeout = Promise.withResolvers<never>();
    const timer = clock.after(FETCH_TIMEOUT_MS, () => {
      timeout.reject(new Error(`no complete answer within ${FETCH_TIMEOUT_MS} ms`));
      abort.abort();
    });
    try {
      return await Promise.race([fetchKeySet(this.url, abort.signal), timeout.promise]);
    } finally {
      timer.cancel();
    }
  }

  /** The same text is the same keys: what was verified with them stays. */
  private accept(text: string): void {
    const isUnchanged = this.current !== undefined && text === this.text;
    const set = isUnchanged && this.current !== undefined ? this.current : parseKeySet(text, { allowsSecrets: false });
    this.current = set;
    this.text = text;
    this.failureCount = 0;
    this.report(isUnchanged ? 'unchanged' : 'changed', set.leftOut.join('; '));
  }

  private fail(detail: string): void {
    this.failureCount++;
    this.lastFailure = detail;
    this.report('failed', detail);
  }

  private report(outcome: KeySetReport['outcome'], detail: string): void {
    this.ports.onFetch({ url: this.url, outcome, detail });
  }

  /** Spread, so that the proxies of a fleet do not all ask at once; never later than asked for. */
  private delayMs(): number {
    const share = this.ports.random.next();
    if (this.failureCount === 0) return this.refreshMs * (1 - 0.2 * share);
    return Math.min(FIRST_RETRY_MS * 2 ** (this.failureCount - 1), MAX_RETRY_MS) * (1 - 0.5 * share);
  }

  private currentOrThrow(): KeySet {
    if (this.current === undefined) throw this.unavailable();
    return this.current;
  }

  private unavailable(why = this.lastFailure): TokenRefusal {
    return new TokenRefusal('keys_unavailable', `there are no keys of ${this.url}: ${why}`);
  }
}
