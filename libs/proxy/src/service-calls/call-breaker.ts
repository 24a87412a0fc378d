// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { ServiceAnswer } from '@weir/filters';

/** Makes a call, or refuses it at once while calls to the same service fail. */
export interface CallBreaker {
  fire(call: () => Promise<ServiceAnswer>): Promise<ServiceAnswer>;
  shutdown(): void;
}

/** Opens at half of the calls failing, once enough were made to say so; then one call a second tries again. */
export const CALL_BREAKER = {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 10,
  rollingCountTimeout: 5_000,
  rollingCountBuckets: 5,
  rollingPercentilesEnabled: false,
  enableSnapshots: false,
  resetTimeout: 1_000,
} as const;

/** The library is loaded here, so that a worker whose filters ask nobody never has it. */
export async function createCallBreaker(): Promise<CallBreaker> {
  const { default: CircuitBreaker } = await import('opossum');
  const breaker = new CircuitBreaker((call: () => Promise<ServiceAnswer>) => call(), {
    ...CALL_BREAKER,
    errorFilter: reason => !tellsOfService(reason),
  });
  return {
    // Opossum counts what it refuses as calls that did not fail: after an outage they would keep it from opening again.
    fire: async call => (breaker.opened ? Promise.reject(failing()) : breaker.fire(call)),
    shutdown: () => breaker.shutdown(),
  };
}

/**
 * Whether a failure is one of the service, and not of what it was asked: by an answer that is wrong or too long one caller's requests
 * would else shut out all others.
 */
function tellsOfService(reason: unknown): boolean {
  return !(reason instanceof Fault && reason.code === 'upstream_protocol_error');
}

function failing(): Fault {
  return new Fault('overloaded', 'it is left alone for a second, as it fails again and again');
}
