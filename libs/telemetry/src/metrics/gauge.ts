// SPDX-License-Identifier: Apache-2.0

/** One number that rises and falls. */
export class Gauge {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }

  set(value: number): void {
    this.value = value;
  }
}
