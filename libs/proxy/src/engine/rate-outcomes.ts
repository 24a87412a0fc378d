// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { LocalOutcome, RateOutcome } from '@weir/filters';
import { formatRateLimit, formatRetryAfter } from '@weir/resilience';
import type { RateCharge, RateDecision, SharedRateTable } from '@weir/resilience';

/** What became of charges, as callers are told of it. */
export class CountedOutcome implements RateOutcome {
  protected readonly charges: readonly RateCharge[];
  protected readonly decision: RateDecision;

  constructor(charges: readonly RateCharge[], decision: RateDecision) {
    this.charges = charges;
    this.decision = decision;
  }

  get isAdmitted(): boolean {
    return this.decision.isAdmitted;
  }

  /** States come in the order of charges, one for each window. */
  get refusedIndex(): number {
    const { isAdmitted, states } = this.decision;
    if (isAdmitted) return -1;
    let end = 0;
    const refused = states.findIndex(state => !state.isAdmitted);
    return this.charges.findIndex(({ limit }) => {
      end += limit.windows.length;
      return refused < end;
    });
  }

  limitField(): string {
    return formatRateLimit(this.decision);
  }

  retryAfter(): string | undefined {
    return formatRetryAfter(this.decision);
  }
}

/** A decision, and whose it is. */
interface TableDecision {
  readonly decision: RateDecision;
  readonly table: SharedRateTable;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** As `CountedOutcome`, of what was counted in the memory of the process. */
export class TableOutcome extends CountedOutcome implements LocalOutcome {
  private readonly from: TableDecision;

  constructor(charges: readonly RateCharge[], from: TableDecision) {
    super(charges, from.decision);
    this.from = from;
  }

  giveBack(): void {
    const { table, clock } = this.from;
    table.giveBack(this.decision, clock.nowMs());
  }
}
