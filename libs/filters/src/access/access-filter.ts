// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault } from '@weir/base';
import type { Filter, Verdict } from '@weir/base';
import type { ResourceName } from '@weir/policy/snapshot';
import type { RunningChain } from './access-chain.ts';
import { Caller } from './caller.ts';
import type { Reference } from './reference.ts';

/** Stands among the filters of a rule for the access policies that hold there. */
export interface AccessSpec {
  readonly kind: 'access';
  /** Of the way to the rule, then of the Service behind it; each is evaluated on its own. */
  readonly chains: readonly ResourceName[];
}

/** The access policies of a way to a rule and of a backend as a filter; none where nothing is asked of anybody. */
export function accessSpecs(...chains: readonly (ResourceName | undefined)[]): readonly AccessSpec[] {
  const known = chains.filter(chain => chain !== undefined);
  return known.length === 0 ? [] : [{ kind: 'access', chains: known }];
}

/** Asks the chains as they are at the time of the request. One that is not known refuses. */
export function createAccessFilter(references: readonly Reference<RunningChain>[]): Filter {
  return {
    onRequest(exchange) {
      const chains = references.map(currentOf);
      for (const chain of chains) chain.hideCredentials(exchange);
      return admit(chains, new Caller(exchange), 0);
    },
  };
}

function currentOf({ name, current }: Reference<RunningChain>): RunningChain {
  if (current === undefined) throw new Fault('policy_unresolved', `${name} is not known`);
  return current;
}

function admit(chains: readonly RunningChain[], caller: Caller, from: number): Promise<Verdict> | Verdict {
  for (let i = from; i < chains.length; i++) {
    const pending = chains[i]!.admit(caller);
    if (pending !== undefined) return pending.then(() => admit(chains, caller, i + 1));
  }
  // Not before: several chains may ask for the same credential.
  for (const chain of chains) chain.stripCredentials(caller.exchange);
  return CONTINUE;
}
