// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Filter } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import { applyAnswerMutations } from '../external-authorization/answer-mutations.ts';
import type { RunningChain } from './access-chain.ts';
import type { Reference } from './reference.ts';

/** Stands among the filters of a rule for the access policies that hold there. */
export interface AccessSpec {
  readonly kind: 'access';
  readonly chain: ResourceName;
}

/** Asks the chain as it is at the time of a connection that is carried whole; throws the Fault that closes it. */
export function admitConnection(chain: Reference<RunningChain>, address: string): void {
  currentOf(chain).admitConnection(address);
}

/** Asks the chain as it is at the time of the request. One that is not known refuses. */
export function createAccessFilter(chain: Reference<RunningChain>): Filter {
  return {
    onRequest: exchange => currentOf(chain).admit(exchange),
    onResponse: (exchange, { headers }) => applyAnswerMutations(exchange, headers),
  };
}

function currentOf({ name, current }: Reference<RunningChain>): RunningChain {
  if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
  return current;
}
