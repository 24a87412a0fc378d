// SPDX-License-Identifier: Apache-2.0

export interface TurnLimits {
  readonly maxRunning: number;
  readonly maxWaiting: number;
  /** Of those that run or wait, how many may come from one address. */
  readonly maxPerAddress: number;
}

/** Lets a few run at once and some others wait, in the order in which they came. */
export class Turns {
  private readonly limits: TurnLimits;
  private runningCount = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly byAddress = new Map<string, number>();

  constructor(limits: TurnLimits) {
    this.limits = limits;
  }

  /** Runs `work` when it is its turn; undefined = there is no room even to wait. */
  take<Result>(address: string, work: () => Promise<Result>): Promise<Result> | undefined {
    const { maxRunning, maxWaiting, maxPerAddress } = this.limits;
    const own = this.byAddress.get(address) ?? 0;
    const isFull = this.runningCount >= maxRunning && this.waiting.length >= maxWaiting;
    if (isFull || own >= maxPerAddress) return undefined;
    this.byAddress.set(address, own + 1);
    return this.run(address, work);
  }

  private async run<Result>(address: string, work: () => Promise<Result>): Promise<Result> {
    if (this.runningCount < this.limits.maxRunning) this.runningCount++;
    // Whoever ends hands its place over, so that nobody slips in between.
    else await new Promise<void>(resolve => void this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.release(address);
    }
  }

  private release(address: string): void {
    const left = (this.byAddress.get(address) ?? 0) - 1;
    if (left > 0) this.byAddress.set(address, left);
    else this.byAddress.delete(address);
    const next = this.waiting.shift();
    if (next === undefined) this.runningCount--;
    else next();
  }
}
