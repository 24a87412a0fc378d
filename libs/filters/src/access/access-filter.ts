// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, Fault } from '@weir/base';
import type { Filter, Verdict } from '@weir/base';
import type { FilterSpec, ResourceName } from '@weir/policy/snapshot';
import { applyAnswerMutations } from '../external-authorization/answer-mutations.ts';
import type { FilterContext } from '../filter-context.ts';
import type { RunningChain } from './access-chain.ts';
import { Caller } from './caller.ts';
import { admitMirrors, guardedMirrors } from './mirror-admission.ts';
import type { MirrorAccess } from './mirror-admission.ts';
import type { Reference } from './reference.ts';

/** Stands among the filters of a rule for the access policies that hold there. */
export interface AccessSpec {
  readonly kind: 'access';
  /** Of the way to the rule, then of the Service behind it; each is evaluated on its own. */
  readonly chains: readonly ResourceName[];
  /** Of Services that get copies. */
  readonly mirrors: readonly MirrorAccess<ResourceName>[];
}

/**
 * Asks the chain as it is at the time of a connection that is carried whole; throws the Fault that closes it. `peerIdentity`: as
 * Downstream.peerIdentity.
 */
export function admitConnection(chain: Reference<RunningChain>, address: string, peerIdentity?: string): void {
  currentOf(chain).admitConnection(address, peerIdentity);
}

/**
 * The access policies of a way to a rule and of its backend as a filter, with those of the mirrors among `filters`; none where
 * nothing is asked of anybody.
 */
export function accessSpecs(
  chains: readonly (ResourceName | undefined)[],
  filters: readonly FilterSpec[],
): readonly AccessSpec[] {
  const known = chains.filter(chain => chain !== undefined);
  const mirrors = guardedMirrors(filters);
  return known.length + mirrors.length === 0 ? [] : [{ kind: 'access', chains: known, mirrors }];
}

/** Asks the chains as they are at the time of the request. One that is not known refuses. */
export function createAccessFilter({ chains, mirrors }: AccessSpec, chainOf: FilterContext['accessChain']): Filter {
  const references = chains.map(chainOf);
  const copies = mirrors.map(({ backend, chain }) => ({ backend, chain: chainOf(chain) }));
  return {
    onRequest(exchange) {
      const running = references.map(currentOf);
      for (const chain of running) {
        chain.hideCredentials(exchange);
        chain.removeOwnedHeaders(exchange.request.headers, exchange.identifiedBy);
      }
      admitMirrors(copies, exchange);
      return admit(running, new Caller(exchange), 0);
    },
    onResponse: (exchange, { headers }) => applyAnswerMutations(exchange, headers),
    onRequestTrailers(trailers) {
      for (const { current } of references) current?.removeOwnedHeaders(trailers);
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
  return askOutside(chains, caller, 0);
}

/** Last of all: what any chain refuses nobody has to be asked about. */
function askOutside(chains: readonly RunningChain[], caller: Caller, from: number): Promise<Verdict> | Verdict {
  for (let i = from; i < chains.length; i++) {
    const pending = chains[i]!.askOutside(caller.exchange);
    if (pending !== undefined) return pending.then(reply => reply ?? askOutside(chains, caller, i + 1));
  }
  // Not before: several chains may ask for the same credential, and who is asked may want to see it.
  for (const chain of chains) chain.stripCredentials(caller.exchange);
  caller.writeHeaders();
  return CONTINUE;
}
