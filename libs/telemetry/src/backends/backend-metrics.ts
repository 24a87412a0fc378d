// SPDX-License-Identifier: Apache-2.0
import type { Registry } from '../metrics/registry.ts';
import type { Telemetry } from '../telemetry.ts';

/** Why a call to a backend was not made. */
export type BackendRefusal = 'circuit_open' | 'connections' | 'parallel_requests' | 'pending_requests';

/** In the spelling of metrics. */
const STATES = { closed: 'closed', halfOpen: 'half_open', open: 'open' } as const;

/** Of what breakers and limits of backends do. */
export function createBackendMetrics(registry: Registry): Pick<Telemetry, 'backendRefused' | 'breakerChanged'> {
  return {
    backendRefused(backend, reason) {
      registry.counter('weir_backend_requests_refused_total', [backend, reason]).add(1);
    },
    breakerChanged(backend, state) {
      registry.counter('weir_circuit_breaker_changes_total', [backend, STATES[state]]).add(1);
    },
  };
}
