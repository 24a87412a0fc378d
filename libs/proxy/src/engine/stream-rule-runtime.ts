// SPDX-License-Identifier: Apache-2.0
import { admitConnection } from '@weir/filters';
import type { Reference, RunningChain } from '@weir/filters';
import type { Attachment, ResourceName, StreamRule } from '@weir/policy/snapshot';
import { createWeightedPicker } from '@weir/resilience';
import type { BackendReference } from './backend-reference.ts';
import { routeIdOf } from './route-id.ts';

/** Where one share of a rule's connections goes. */
export interface StreamTarget {
  /** `namespace/service:port`; '' when there is no backend. */
  readonly label: string;
  /** See `routeIdOf`. */
  readonly route: string;
  /** Undefined: these connections are closed. */
  readonly reference: BackendReference | undefined;
  /** Access policies of the Service itself; undefined = none. */
  readonly access: Reference<RunningChain> | undefined;
}

/** Who a stream is of. */
export interface StreamCaller {
  readonly address: string;
  /** As Downstream.peerIdentity. */
  readonly peerIdentity: string | undefined;
}

/** A stream rule at work. */
export interface StreamRuleRuntime {
  readonly rule: StreamRule;
  /**
   * The target for one connection, by weight; throws the Fault for one that access policies refuse. `listener`: by which it came,
   * by name.
   */
  pick(listener: string, caller: StreamCaller): StreamTarget;
}

/** What stream rules are made with. */
export interface StreamRulePorts {
  backendReference(name: ResourceName): BackendReference;
  accessChain(name: ResourceName): Reference<RunningChain>;
}

/** Compiles a rule once. */
export function createStreamRuleRuntime(rule: StreamRule, ports: StreamRulePorts): StreamRuleRuntime {
  const targets = new Map(rule.attachments.map(attachment => [attachment.listener, targetsOf(rule, attachment, ports)]));
  const pickIndex = createWeightedPicker(rule.backends.map(({ weight }) => weight));
  const chains = new Map(
    rule.attachments.flatMap(({ listener, access }) =>
      access === undefined ? [] : [[listener, ports.accessChain(access)] as const],
    ),
  );
  return {
    rule,
    pick(listener, { address, peerIdentity }) {
      const chain = chains.get(listener);
      if (chain !== undefined) admitConnection(chain, address, peerIdentity);
      const target = targets.get(listener)?.[pickIndex()] ?? NO_BACKEND;
      if (target.access !== undefined) admitConnection(target.access, address, peerIdentity);
      return target;
    },
  };
}

/** As connections by one listener find them. */
function targetsOf(rule: StreamRule, { meshSide, traffic }: Attachment, ports: StreamRulePorts): readonly StreamTarget[] {
  const route = routeIdOf(rule);
  return rule.backends.map(({ backend, label, access }, index) => ({
    label,
    route,
    reference: backend === undefined ? undefined : ports.backendReference(traffic?.backends[index]?.backend ?? backend),
    // In the mesh, who is called asks that.
    access: access === undefined || meshSide === 'caller' ? undefined : ports.accessChain(access),
  }));
}

/** Every weight is 0, or there is no backend at all. */
const NO_BACKEND: StreamTarget = { label: '', route: '', reference: undefined, access: undefined };
