// SPDX-License-Identifier: Apache-2.0
import type { Backend } from '@weir/policy/snapshot';
import { BackendRuntime } from '../engine/backend-runtime.ts';
import type { RunningBackend } from '../engine/running-backend.ts';
import { SplitBackend } from './split-backend.ts';
import type { SplitPorts } from './split-backend.ts';

/** A backend at work; where a Rollout divides its calls, as its two revisions. Throws for what cannot be served. */
export function createRunningBackend(backend: Backend, ports: SplitPorts): RunningBackend {
  const { split } = backend;
  return split === undefined ? new BackendRuntime(backend, ports.registry, ports) : new SplitBackend(backend, split, ports);
}
