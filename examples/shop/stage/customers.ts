// SPDX-License-Identifier: Apache-2.0
import { request } from '@weir/testing';

/** Customers who look at the catalogue, one after the other, until they are sent home. */
export class Customers implements AsyncDisposable {
  /** Of all answers that they got. */
  readonly statuses = new Set<number>();
  private readonly port: number;
  private readonly asking: Promise<void>;
  private isOver = false;

  constructor(port: number) {
    this.port = port;
    this.asking = this.ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
    await this.asking;
  }

  private async ask(): Promise<void> {
    while (!this.isOver) this.statuses.add((await request({ port: this.port }, '/api/catalogue/products')).status);
  }
}
