// SPDX-License-Identifier: Apache-2.0
import type { SharedDecision } from '@weir/resilience';

/** Who is told of stores; the names are those of telemetry. */
export interface StoreObserver {
  storeAsked(store: string, result: 'answered' | 'unavailable'): void;
  storeChanged(change: { readonly store: string; readonly state: 'lost' | 'returned'; readonly detail: string }): void;
}

/** Whether a store answers, by how the last question ended. Tells of each question, and once of a loss and of a return. */
export class StoreHealth {
  private readonly store: string;
  private readonly observer: StoreObserver;
  private isLost = false;

  /** `store`: its URL. */
  constructor(store: string, observer: StoreObserver) {
    this.store = store;
    this.observer = observer;
  }

  note(decision: SharedDecision): void {
    const { store, observer } = this;
    const isAnswered = decision.kind === 'decided';
    observer.storeAsked(store, isAnswered ? 'answered' : 'unavailable');
    if (isAnswered !== this.isLost) return;
    this.isLost = !isAnswered;
    if (isAnswered) observer.storeChanged({ store, state: 'returned', detail: '' });
    else observer.storeChanged({ store, state: 'lost', detail: decision.reason });
  }
}
