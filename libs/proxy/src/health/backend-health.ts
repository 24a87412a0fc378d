// SPDX-License-Identifier: Apache-2.0
import type { Clock, Exchange, ResponseHandler } from '@weir/base';
import type { Balance, EndpointHealth } from '@weir/policy/snapshot';
import { AvailablePicker, ObservedCall, OutcomeRecorder } from '@weir/resilience';
import type { EndpointCell, EndpointPicker, EndpointPickerOptions, HealthGroup } from '@weir/resilience';

interface BackendHealthParts {
  readonly group: HealthGroup;
  /** In the order of the endpoints. */
  readonly cells: readonly EndpointCell[];
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** How the endpoints of a backend are, as one worker sees and changes it. */
export class BackendHealth {
  private readonly parts: BackendHealthParts;
  private readonly panicPercent: number;
  private readonly recorder: OutcomeRecorder | undefined;

  constructor({ outliers, panicPercent }: EndpointHealth, parts: BackendHealthParts) {
    this.parts = parts;
    this.panicPercent = panicPercent;
    this.recorder = outliers && new OutcomeRecorder(outliers, parts.group, parts.cells.length);
  }

  /** A picker that leaves endpoints alone which are not available. */
  createPicker(balance: Balance, options: EndpointPickerOptions): EndpointPicker {
    const { group, cells } = this.parts;
    return new AvailablePicker(balance, options, { group, cells, panicPercent: this.panicPercent });
  }

  /** Whether an endpoint (an index) may be used, also by whoever does not ask the picker. */
  isAvailable(index: number): boolean {
    return this.parts.cells[index]?.isAvailable ?? false;
  }

  /** Stands between a call to an endpoint and its handler; undefined where nobody looks at what is answered. */
  observe(index: number, exchange: Exchange, handler: ResponseHandler): ObservedCall | undefined {
    const cell = this.parts.cells[index];
    if (this.recorder === undefined || cell === undefined) return undefined;
    return new ObservedCall({ recorder: this.recorder, cell, exchange, handler, clock: this.parts.clock });
  }

  /** A client's whole connection has reached an endpoint, or could not: that is all that shows of one. */
  noteConnect(index: number, isConnected: boolean): void {
    const cell = this.parts.cells[index];
    if (cell === undefined) return;
    if (isConnected) this.recorder?.succeeded(cell);
    else this.recorder?.failed(cell, 'gateway');
  }
}
