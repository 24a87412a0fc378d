// SPDX-License-Identifier: Apache-2.0
import type { ResourceName, StreamRule } from '@weir/policy/snapshot';
import { createWeightedPicker } from '@weir/resilience';
import type { BackendReference } from './backend-reference.ts';

/** Where one share of a rule's connections goes. */
export interface StreamTarget {
  /** `namespace/service:port`; '' when there is no backend. */
  readonly label: string;
  /** Undefined: these connections are closed. */
  readonly reference: BackendReference | undefined;
}

/** A stream rule at work. */
export interface StreamRuleRuntime {
  readonly rule: StreamRule;
  /** The target for one connection, by weight. */
  pick(): StreamTarget;
}

/** What stream rules are made with. */
export interface StreamRulePorts {
  backendReference(name: ResourceName): BackendReference;
}

/** Compiles a rule once. */
export function createStreamRuleRuntime(rule: StreamRule, ports: StreamRulePorts): StreamRuleRuntime {
  const targets = rule.backends.map(({ backend, label }): StreamTarget => ({
    label,
    reference: backend === undefined ? undefined : ports.backendReference(backend),
  }));
  const pickIndex = createWeightedPicker(rule.backends.map(({ weight }) => weight));
  return { rule, pick: () => targets[pickIndex()] ?? NO_BACKEND };
}

/** Every weight is 0, or there is no backend at all. */
const NO_BACKEND: StreamTarget = { label: '', reference: undefined };
