// SPDX-License-Identifier: Apache-2.0

/** One number that only rises. */
export class Counter {
  value = 0;

  add(amount: number): void {
    this.value += amount;
  }
}
