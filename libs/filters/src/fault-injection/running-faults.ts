// SPDX-License-Identifier: Apache-2.0
import { isGrpc } from '@weir/base';
import type { Exchange } from '@weir/base';
import type { InjectedFaultSpec, TrafficLimits } from '@weir/policy/snapshot';
import { compileRule } from '../access/rule-matcher.ts';
import type { RuleMatcher } from '../access/rule-matcher.ts';

/** One fault at work. */
export interface RunningFault {
  /** `namespace/policy#fault`. */
  readonly label: string;
  readonly spec: InjectedFaultSpec;
  /** Undefined = every request. */
  readonly when: RuleMatcher | undefined;
}

/** The faults of one place at work. */
export class RunningFaults {
  readonly unresolved: string | undefined;
  readonly faults: readonly RunningFault[];

  constructor({ unresolved, faults }: TrafficLimits) {
    this.unresolved = unresolved;
    this.faults = faults.map(spec => ({
      label: `${spec.policy}#${spec.fault}`,
      spec,
      when: spec.when && compileRule({ name: spec.fault, ...spec.when }, { fitsOnError: true }),
    }));
  }
}

/** Whether a fault can befall a request. */
export function concerns({ when, spec }: RunningFault, exchange: Exchange): boolean {
  if (spec.effect.kind === 'grpcAbort' && !isGrpc(exchange)) return false;
  return when === undefined || when.fits(exchange, exchange.identities);
}
