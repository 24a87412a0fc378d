// SPDX-License-Identifier: Apache-2.0
import type { EjectionReason } from './endpoint-cell.ts';

/** An endpoint that is no longer available, or is so again. */
export interface HealthChange {
  /** `address:port`. */
  readonly endpoint: string;
  /** `unhealthy` and `healthy`: what health checks say. */
  readonly kind: 'ejected' | 'healthy' | 'readmitted' | 'unhealthy';
  /** Of an ejection. */
  readonly reason?: EjectionReason;
  /** How long the ejection will last. */
  readonly forMs?: number;
}
