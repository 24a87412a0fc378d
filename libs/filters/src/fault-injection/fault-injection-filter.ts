// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault } from '@weir/base';
import type { Exchange, Filter, ResponseHead, Verdict } from '@weir/base';
import type { FaultEffect, ResourceName } from '@weir/policy/snapshot';
import type { Reference } from '../access/reference.ts';
import type { FilterContext } from '../filter-context.ts';
import { patienceMs, waitFor } from '../traffic/request-time.ts';
import type { RequestTimeout } from '../traffic/request-time.ts';
import { abortReply } from './abort-reply.ts';
import { concerns } from './running-faults.ts';
import type { RunningFault, RunningFaults } from './running-faults.ts';

/** Stands among the filters of a rule for what goes wrong there on purpose. */
export interface FaultInjectionFilterSpec {
  readonly kind: 'faultInjection';
  /** TrafficLimits of the way to the rule, then of the Service behind it. */
  readonly limits: readonly ResourceName[];
  readonly requestTimeoutMs: RequestTimeout;
}

/** Of answers to requests that something befell on purpose: the names of what it was. */
const FIELD = 'weir-fault';

type Abort = Exclude<FaultEffect, { kind: 'delay' }>;

/** Delays requests and ends them, by chance. All that befall a request do: their delays together, then the first abort. */
export class FaultInjectionFilter implements Filter {
  private readonly requestTimeoutMs: RequestTimeout;
  private readonly references: readonly Reference<RunningFaults>[];
  private readonly context: FilterContext;

  constructor({ limits, requestTimeoutMs }: FaultInjectionFilterSpec, context: FilterContext) {
    this.requestTimeoutMs = requestTimeoutMs;
    this.references = limits.map(context.injectedFaults);
    this.context = context;
  }

  onRequest(exchange: Exchange): Promise<Verdict> | Verdict {
    const faults = this.faultsFor(exchange);
    if (faults.length === 0) return CONTINUE;
    exchange.injectedFaults = faults.map(({ label }) => label);
    const delayMs = faults.reduce((sum, { spec: { effect } }) => sum + (effect.kind === 'delay' ? effect.delayMs : 0), 0);
    const abort = faults.map(({ spec }) => spec.effect).find(effect => effect.kind !== 'delay');
    return delayMs > 0 ? this.delay(exchange, delayMs, abort) : verdictOf(abort, exchange);
  }

  onResponse({ injectedFaults }: Exchange, { headers }: ResponseHead): void {
    if (injectedFaults.length === 0) return;
    headers.append(FIELD, injectedFaults.map(label => label.slice(label.indexOf('#') + 1)).join(', '));
  }

  /** Also of a request that still waits. */
  onEnd(exchange: Exchange): void {
    for (const hold of exchange.holds) hold.release();
  }

  /** A policy that holds both for the way to the rule and for its Service rolls its dice once. */
  private faultsFor(exchange: Exchange): readonly RunningFault[] {
    const faults: RunningFault[] = [];
    for (const [index, { name, current }] of this.references.entries()) {
      if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
      if (current.unresolved !== undefined) throw new Fault('policy_unresolved', current.unresolved);
      for (const fault of current.faults) {
        if (!this.isKnown(fault, index) && concerns(fault, exchange) && this.befalls(fault)) faults.push(fault);
      }
    }
    return faults;
  }

  /** Whether it is among those of an earlier place. */
  private isKnown({ label }: RunningFault, index: number): boolean {
    return this.references.slice(0, index).some(({ current }) => current?.faults.some(fault => fault.label === label) === true);
  }

  private befalls({ label, spec: { percent, effect } }: RunningFault): boolean {
    if (this.context.random.next() * 100 >= percent) return false;
    this.context.onFaultInjected(label, effect.kind === 'delay' ? 'delay' : 'abort');
    return true;
  }

  private delay(exchange: Exchange, delayMs: number, abort: Abort | undefined): Promise<Verdict> | Verdict {
    const patience = patienceMs(exchange, this.requestTimeoutMs);
    const delayed = this.context.delayRoom?.hold(Math.min(delayMs, patience));
    if (delayed === undefined) return verdictOf(abort, exchange);
    exchange.holds = [...exchange.holds, delayed];
    const { clock } = this.context;
    return waitFor(exchange, delayed.turn, { clock, requestTimeoutMs: this.requestTimeoutMs }).then(() =>
      verdictOf(abort, exchange),
    );
  }
}

function verdictOf(abort: Abort | undefined, exchange: Exchange): Verdict {
  return abort === undefined ? CONTINUE : abortReply(abort, exchange);
}
