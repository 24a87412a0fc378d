// SPDX-License-Identifier: Apache-2.0
import type { HealthCheck } from '@weir/policy/snapshot';

/** What the checks of one endpoint come to: healthy until enough in a row have failed, unhealthy until enough have succeeded. */
export class CheckVerdict {
  isHealthy = true;
  #inARow = 0;

  /** Takes a result; whether the verdict is another one now. */
  take(hasSucceeded: boolean, { healthyThreshold, unhealthyThreshold }: HealthCheck): boolean {
    if (hasSucceeded === this.isHealthy) {
      this.#inARow = 0;
      return false;
    }
    this.#inARow += 1;
    if (this.#inARow < (hasSucceeded ? healthyThreshold : unhealthyThreshold)) return false;
    this.isHealthy = hasSucceeded;
    this.#inARow = 0;
    return true;
  }
}
