// SPDX-License-Identifier: Apache-2.0
import type { Telemetry } from '@weir/telemetry';
import type { SplitPorts } from '../split/split-backend.ts';
import { createCallBreaker } from '../service-calls/call-breaker.ts';
import { ServiceCaller } from '../service-calls/service-caller.ts';
import type { Configuration } from './configuration.ts';
import type { EngineOptions } from './engine-contract.ts';
import { LazyTokenVerifiers } from './lazy-token-verifiers.ts';
import { MirrorBudget } from './mirror-budget.ts';
import { sendMirror } from './mirror.ts';

export function createTokenVerifiers({ clock, random, telemetry }: EngineOptions): LazyTokenVerifiers {
  return new LazyTokenVerifiers({
    clock,
    random,
    onKeySetFetched: ({ url, outcome }) => telemetry.keySetFetched(url, outcome),
  });
}

export function createServiceCaller(
  { clock, random, settings, telemetry }: EngineOptions,
  backendReference: Configuration['backendReference'],
): ServiceCaller {
  const maxInFlight = settings.limits.maxServiceCallsInFlight;
  const onEnd: Telemetry['serviceCalled'] = (backend, result) => telemetry.serviceCalled(backend, result);
  return new ServiceCaller({ clock, random, maxInFlight, backendReference, createBreaker: createCallBreaker, onEnd });
}

/** Sends copies of requests within the bounds of mirrors. */
export function createCopySender({ clock, settings: { limits }, telemetry }: EngineOptions): SplitPorts['sendCopy'] {
  const budget = new MirrorBudget({
    clock,
    maxInFlight: limits.maxMirrorsInFlight,
    timeoutMs: limits.mirrorTimeoutMs,
    onDropped: backend => telemetry.mirrorDropped(backend),
  });
  return (backend, exchange, dispatch) => {
    const admitted = budget.admit(backend, dispatch);
    if (admitted !== undefined) sendMirror(exchange, admitted, limits.mirrorBufferBytes);
  };
}
