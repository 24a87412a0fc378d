// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import type { Clock, Random, Timer } from '@weir/base';
import type { Backend, Endpoint, HealthCheck } from '@weir/policy/snapshot';
import { CheckVerdict } from '@weir/resilience';
import type { Preamble } from '../upstream/upstream-socket.ts';
import type { Probe } from './probe.ts';

/** Whom to ask, and as part of what. */
export interface CheckedEndpoint {
  readonly endpoint: Endpoint;
  readonly backend: Backend;
}

/** What comes before the question. */
export interface CheckPreamble extends Preamble {
  /** Address of this host to ask from; undefined, as for most: whichever the system takes. */
  readonly localAddress?: string | undefined;
}

export interface CheckResult {
  readonly label: string;
  /** `address:port`. */
  readonly endpoint: string;
  readonly hasSucceeded: boolean;
  /** What this check and those before it come to. */
  readonly isHealthy: boolean;
  /** What was wrong; '' after a success. */
  readonly detail: string;
}

export interface ActiveChecksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: Probe;
  /** Throws where connections cannot begin as the backend's have to. */
  preambleOf(checked: CheckedEndpoint, check: HealthCheck): CheckPreamble;
  onResult(result: CheckResult): void;
}

/** Checks on their way at once, of all backends together: each has a connection of its own. */
const MAX_CHECKS_AT_ONCE = 64;
/** How much earlier or later than due a check may come, so that those of many gateways do not come together. */
const JITTER = 0.1;

/** Asks endpoints again and again whether they can serve; each result is told. */
export class ActiveChecks {
  private readonly options: ActiveChecksOptions;
  private readonly groups = new Map<string, Map<string, RepeatedCheck>>();
  private readonly waiting: RepeatedCheck[] = [];
  private runningCount = 0;

  constructor(options: ActiveChecksOptions) {
    this.options = options;
  }

  /** Which endpoints of a group are asked from now on; what is known of those that stay, stays. None = the group is no more. */
  set(label: string, endpoints: ReadonlyMap<string, CheckedEndpoint>): void {
    const known = this.groups.get(label) ?? new Map<string, RepeatedCheck>();
    for (const [name, check] of known) {
      if (endpoints.has(name)) continue;
      check.stop();
      known.delete(name);
    }
    for (const [name, target] of endpoints) {
      const check = known.get(name) ?? new RepeatedCheck({ label, name, onDue: due => this.start(due) }, this.options);
      known.set(name, check);
      check.aim(target);
    }
    if (known.size === 0) this.groups.delete(label);
    else this.groups.set(label, known);
  }

  close(): void {
    for (const label of this.groups.keys()) this.set(label, new Map());
  }

  private start(check: RepeatedCheck): void {
    if (this.runningCount >= MAX_CHECKS_AT_ONCE) {
      this.waiting.push(check);
      return;
    }
    this.runningCount += 1;
    void check.run().finally(() => {
      this.runningCount -= 1;
      const next = this.waiting.shift();
      if (next !== undefined) this.start(next);
    });
  }
}

interface CheckPlace {
  readonly label: string;
  /** Of the endpoint. */
  readonly name: string;
  onDue(check: RepeatedCheck): void;
}

/** The checks of one endpoint. */
class RepeatedCheck {
  private readonly place: CheckPlace;
  private readonly options: ActiveChecksOptions;
  private readonly verdict = new CheckVerdict();
  private target: CheckedEndpoint | undefined;
  private timer: Timer | undefined;
  private aborting: AbortController | undefined;

  constructor(place: CheckPlace, options: ActiveChecksOptions) {
    this.place = place;
    this.options = options;
  }

  /** Asks there from now on; the first time at some moment of the first interval, a second at most. */
  aim(target: CheckedEndpoint): void {
    const isFirst = this.target === undefined;
    this.target = target;
    const { check } = target.backend.health ?? {};
    if (isFirst && check !== undefined) this.plan(this.options.random.next() * Math.min(check.intervalMs, MAX_FIRST_MS));
  }

  stop(): void {
    this.target = undefined;
    this.timer?.cancel();
    this.aborting?.abort();
  }

  /** Asks once, and plans the next time. Never rejects. */
  async run(): Promise<void> {
    const { target } = this;
    const check = target?.backend.health?.check;
    if (target === undefined || check === undefined) return;
    const { clock, random } = this.options;
    const startedMs = clock.nowMs();
    const detail = await this.ask(target, check);
    // What came of a check that nobody wants any more says nothing.
    if (this.target === undefined) return;
    this.verdict.take(detail === '', check);
    const { label, name } = this.place;
    const { isHealthy } = this.verdict;
    this.options.onResult({ label, endpoint: name, hasSucceeded: detail === '', isHealthy, detail });
    const periodMs = check.intervalMs * (1 - JITTER + 2 * JITTER * random.next());
    this.plan(Math.max(0, periodMs - (clock.nowMs() - startedMs)));
  }

  /** What is wrong, in words; '' = nothing. */
  private async ask(checked: CheckedEndpoint, check: HealthCheck): Promise<string> {
    const { backend, endpoint } = checked;
    const { clock, probe } = this.options;
    const aborting = new AbortController();
    this.aborting = aborting;
    const deadline = clock.after(check.timeoutMs, () => {
      aborting.abort(new Error(`no answer within ${check.timeoutMs} ms`));
    });
    try {
      const at = { address: endpoint.address, port: check.port ?? endpoint.port };
      await probe({ ...at, backend, check, preamble: this.options.preambleOf(checked, check) }, aborting.signal);
      return '';
    } catch (error) {
      return reasonOf(aborting.signal.aborted ? aborting.signal.reason : error);
    } finally {
      deadline.cancel();
    }
  }

  private plan(delayMs: number): void {
    this.timer = this.options.clock.after(delayMs, () => this.place.onDue(this));
  }
}

const MAX_FIRST_MS = 1000;
const MAX_REASON_LENGTH = 200;

/** A server chooses the words of some errors: they are kept short, printable, and never empty. */
function reasonOf(error: unknown): string {
  const text = reasonWords(error).replaceAll(/[^ -~]/gv, '?');
  return text === '' ? 'it failed without saying why' : text.slice(0, MAX_REASON_LENGTH);
}
