// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault, HeaderList } from '@weir/base';
import type { Clock, Exchange, Filter, Verdict } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { Reference } from '../access/reference.ts';
import type { FilterContext } from '../filter-context.ts';
import { rateKeyOf } from '../rate-limit/rate-key.ts';
import { patienceMs, waitFor } from '../traffic/request-time.ts';
import type { RequestTimeout } from '../traffic/request-time.ts';
import type { ConcurrencyGate, GateVisit } from './concurrency-gate.ts';
import { byWidth, counts } from './running-concurrency.ts';
import type { RunningConcurrency, RunningConcurrencyLimits } from './running-concurrency.ts';

/** Stands among the filters of a rule for the limits on requests in flight that hold there. */
export interface ConcurrencyLimitFilterSpec {
  readonly kind: 'concurrencyLimit';
  /** TrafficLimits of the way to the rule, then of the Service behind it. */
  readonly limits: readonly ResourceName[];
  /** `KIND/namespace/name`. */
  readonly route: string;
  readonly requestTimeoutMs: RequestTimeout;
}

/** A place is soon free again where requests are short. */
const RETRY_AFTER_SECONDS = '1';

/** Lets a request in where all limits have a place, and holds these until its end, whatever that is. */
export class ConcurrencyLimitFilter implements Filter {
  private readonly spec: ConcurrencyLimitFilterSpec;
  private readonly references: readonly Reference<RunningConcurrencyLimits>[];
  private readonly gate: ConcurrencyGate;
  private readonly clock: Pick<Clock, 'nowMs'>;

  constructor(spec: ConcurrencyLimitFilterSpec, { concurrencyLimits, concurrencyGate, clock }: FilterContext) {
    this.spec = spec;
    this.references = spec.limits.map(concurrencyLimits);
    this.gate = concurrencyGate;
    this.clock = clock;
  }

  onRequest(exchange: Exchange): Promise<Verdict> | Verdict {
    const limits = this.limitsFor(exchange);
    return limits.length === 0 ? CONTINUE : this.enterAll(exchange, limits);
  }

  /** Also of a request that is still waiting: its place in the queue is for the next one. */
  onEnd(exchange: Exchange): void {
    for (const hold of exchange.holds) hold.release();
  }

  /** A policy that holds both for the way to the rule and for its Service counts a request once. */
  private limitsFor(exchange: Exchange): readonly RunningConcurrency[] {
    const limits: RunningConcurrency[] = [];
    for (const reference of this.references) {
      for (const limit of limitsOf(reference, this.spec.route)) {
        const isIn = limits.some(({ label }) => label === limit.label);
        if (!isIn && counts(limit, exchange)) limits.push(limit);
      }
    }
    return limits.length > 1 ? limits.sort(byWidth) : limits;
  }

  private enterAll(exchange: Exchange, limits: readonly RunningConcurrency[]): Promise<Verdict> | Verdict {
    for (const [index, limit] of limits.entries()) {
      const visit = this.enter(exchange, limit);
      if (visit.state === 'waiting') return this.wait(exchange, visit, limits.slice(index));
      assertEntered(exchange, visit, limit);
    }
    return CONTINUE;
  }

  private enter(exchange: Exchange, limit: RunningConcurrency): GateVisit {
    const { prepared, key, spec } = limit;
    const visit = this.gate.enter(
      prepared,
      rateKeyOf(exchange, key),
      spec.queue === undefined ? 0 : patienceMs(exchange, this.spec.requestTimeoutMs),
    );
    exchange.holds = [...exchange.holds, visit];
    return visit;
  }

  /** `first`: the one that it waits at. */
  private async wait(exchange: Exchange, visit: GateVisit, [first, ...rest]: readonly RunningConcurrency[]): Promise<Verdict> {
    await waitFor(exchange, visit.turn, { clock: this.clock, requestTimeoutMs: this.spec.requestTimeoutMs });
    if (first !== undefined) assertEntered(exchange, visit, first);
    return this.enterAll(exchange, rest);
  }
}

function limitsOf({ name, current }: Reference<RunningConcurrencyLimits>, route: string): readonly RunningConcurrency[] {
  if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
  if (current.unresolved !== undefined) throw new Fault('policy_unresolved', current.unresolved);
  return current.of(route);
}

/** Of a limit that only looks on nothing comes but a word in the log. */
function assertEntered(exchange: Exchange, { state }: GateVisit, { label, spec }: RunningConcurrency): void {
  if (state === 'entered') return;
  if (spec.isShadow) {
    exchange.shadowRefusals = [...exchange.shadowRefusals, label];
    return;
  }
  exchange.decidedBy = label;
  throw new Fault('concurrency_limited', `concurrency limit ${label} has no place`, {
    headers: HeaderList.of(['retry-after', RETRY_AFTER_SECONDS]),
  });
}
