// SPDX-License-Identifier: Apache-2.0
import type { Exchange, HeaderList, Identity, Verdict } from '@weir/base';
import type { AccessChain, AccessGuard } from '@weir/policy/snapshot';
import { noteDenial } from '../external-authorization/external-auth.ts';
import type { ExternalAuthorizer, Outcome } from '../external-authorization/external-authorizer.ts';
import { admitConnection } from './admit-connection.ts';
import { authenticate } from './authenticate.ts';
import type { Recognition } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { hasOwnedHeader, removeOwnedHeaders } from './owned-headers.ts';
import type { Reference } from './reference.ts';
import { denial, nameOfDecision, refuse, unavailable, unusable } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { RunningGuard } from './running-guard.ts';
import type { RunningPolicy } from './running-policy.ts';

/** A chain of access policies at work. */
export class RunningChain {
  private readonly guards: readonly RunningGuard[];

  constructor({ guards }: AccessChain, policyOf: (name: AccessGuard['policy']) => Reference<RunningPolicy>) {
    this.guards = guards.map(({ policy, rank, deniesByDefault, relaxed }) => ({
      policy: policyOf(policy),
      rank,
      deniesByDefault,
      checksAddresses: !relaxed.includes('addresses'),
      authenticates: !relaxed.includes('authentication'),
      authorizes: !relaxed.includes('authorization'),
      asksOutside: !relaxed.includes('externalAuthorization'),
    }));
  }

  /** Keeps credentials out of the log. Called first, as refused requests are logged too. */
  hideCredentials(exchange: Exchange): void {
    for (const { policy } of this.guards) {
      for (const { hide } of policy.current?.authentication?.authenticators ?? []) hide?.(exchange);
    }
  }

  /**
   * Takes out the fields that only policies may write, of a head or of trailers: whoever is admitted by whatever, nobody says by
   * himself who he is. Comes before anything looks at the fields. `vouchedBy`: in whose names a gateway in front
   * of the mesh has told who calls.
   */
  removeOwnedHeaders(headers: HeaderList, vouchedBy: readonly string[] = []): void {
    for (const guard of this.guards) {
      // A gateway that has asked in the name of the same policy has written them.
      if (!vouchedBy.includes(guard.policy.current?.label ?? '')) removeOwnedHeaders(headers, ownedHeaders(guard));
    }
  }

  /** Whether there is a field that `removeOwnedHeaders` would take out. */
  hasOwnedHeader(headers: HeaderList): boolean {
    return this.guards.some(guard => hasOwnedHeader(headers, ownedHeaders(guard)));
  }

  /**
   * Admits a request or throws the Fault that it gets. In this order, so that what is cheap protects what is dear, and nobody learns
   * by a 403 what a caller could do who is known: that the policies can be evaluated, addresses, who it is, what it may do.
   */
  admit(caller: Caller): Promise<void> | undefined {
    const { exchange } = caller;
    for (const guard of this.guards) throwIfRefused(exchange, checkUsable(guard) ?? checkAddress(guard, exchange));
    return this.authenticate(caller, 0);
  }

  /** Whether somebody outside has to be asked about requests. */
  get asksOutside(): boolean {
    return this.guards.some(guard => authorizerOf(guard) !== undefined);
  }

  /**
   * Asks who has to be asked about a request that every chain has admitted. Undefined = nobody, or else the answer that the caller
   * gets instead of the backend's, if any.
   */
  askOutside(exchange: Exchange, from = 0): Promise<Verdict | undefined> | undefined {
    for (let i = from; i < this.guards.length; i++) {
      const guard = this.guards[i]!;
      const authorizer = authorizerOf(guard);
      if (authorizer !== undefined) return this.takeOutcome(exchange, i, authorizer.authorize(exchange));
    }
    return undefined;
  }

  /** Takes out the credentials that the policies have looked at, whoever admitted the caller: they go no further. */
  stripCredentials(exchange: Exchange): void {
    for (const guard of this.guards) strip(guard, exchange);
  }

  /** Admits a connection that is carried whole, or throws the Fault that closes it. */
  admitConnection(address: string, peerIdentity?: string): void {
    admitConnection(this.guards, { address, peerIdentity });
  }

  private authenticate(caller: Caller, from: number): Promise<void> | undefined {
    for (let i = from; i < this.guards.length; i++) {
      const guard = this.guards[i]!;
      if (isShadow(guard) || caller.takeVouched(guard.policy.current?.label ?? '', guard.rank)) continue;
      const recognised = recognise(guard, caller.exchange);
      if (recognised instanceof Promise) return this.authenticateLater(caller, i, recognised);
      takeIdentity(caller, guard, recognised);
    }
    this.authorize(caller);
    return undefined;
  }

  private async authenticateLater(caller: Caller, index: number, pending: Promise<Recognition>): Promise<void> {
    takeIdentity(caller, this.guards[index]!, await pending);
    await this.authenticate(caller, index + 1);
  }

  private async takeOutcome(exchange: Exchange, index: number, pending: Promise<Outcome>): Promise<Verdict | undefined> {
    const { name, current } = this.guards[index]!.policy;
    const label = current?.label ?? name;
    const outcome = await pending;
    if (outcome.kind === 'unavailable') throw refuse(exchange, unavailable(label, outcome.detail));
    if (outcome.kind === 'admitted') return this.askOutside(exchange, index + 1);
    exchange.decidedBy = label;
    noteDenial(exchange, `AccessPolicy ${label}: ${outcome.detail}`);
    return outcome.reply;
  }

  private authorize(caller: Caller): void {
    for (const guard of this.guards) {
      if (isShadow(guard)) continue;
      throwIfRefused(caller.exchange, checkRules(guard, caller.exchange, caller.visibleFrom(guard.rank)));
    }
    // Only what the policies in force admit is worth asking about.
    for (const guard of this.guards) if (isShadow(guard)) watch(guard, caller);
  }
}

function isShadow({ policy }: RunningGuard): boolean {
  return policy.current?.isShadow === true;
}

function authorizerOf(guard: RunningGuard): ExternalAuthorizer | undefined {
  return guard.asksOutside && !isShadow(guard) ? guard.policy.current?.externalAuthorizer : undefined;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Also where the policy asks nobody: what its fields mean is the same for all who can get to the backend. */
function ownedHeaders({ policy: { current } }: RunningGuard): ReadonlySet<string> {
  return current?.isShadow === true ? NO_NAMES : (current?.authentication?.ownedHeaders ?? NO_NAMES);
}

function throwIfRefused(exchange: Exchange, refusal: Refusal | undefined): void {
  if (refusal !== undefined) throw refuse(exchange, refusal);
}

function checkUsable({ policy: { name, current } }: RunningGuard): Refusal | undefined {
  if (current === undefined) return unusable(name, 'it is not known');
  if (current.isShadow || current.unresolved === undefined) return undefined;
  return unusable(current.label, `it cannot be evaluated: ${current.unresolved}`);
}

function checkAddress(guard: RunningGuard, { clientAddress }: Exchange): Refusal | undefined {
  return isShadow(guard) ? undefined : checkAddressOf(guard, clientAddress);
}

function checkAddressOf({ policy: { current }, checksAddresses }: RunningGuard, address: string): Refusal | undefined {
  if (current?.checkAddress === undefined || !checksAddresses) return undefined;
  const reason = current.checkAddress(address);
  return reason === undefined ? undefined : denial(current.label, reason);
}

const NOBODY_ASKED: Recognition = Object.freeze({ admitted: undefined, refusal: undefined });

function recognise({ policy: { current }, authenticates }: RunningGuard, exchange: Exchange): Promise<Recognition> | Recognition {
  if (!authenticates || current?.authentication === undefined) return NOBODY_ASKED;
  return authenticate({ label: current.label, authentication: current.authentication }, exchange);
}

function takeIdentity(
  caller: Caller,
  { rank, policy: { name, current } }: RunningGuard,
  { admitted, refusal }: Recognition,
): void {
  throwIfRefused(caller.exchange, refusal);
  if (admitted !== undefined) caller.add(admitted, { rank, policy: current?.label ?? name });
}

function checkRules(guard: RunningGuard, exchange: Exchange, identities: readonly Identity[]): Refusal | undefined {
  const { current } = guard.policy;
  if (current === undefined || !guard.authorizes) return undefined;
  const { label, denyRules, allowRules } = current;
  for (const rule of denyRules) {
    if (rule.fits(exchange, identities)) return denial(label, `rule ${rule.name} denies it`, rule.name);
  }
  if (allowRules.length > 0) {
    for (const rule of allowRules) if (rule.fits(exchange, identities)) return undefined;
    return denial(label, 'no Allow rule fits');
  }
  return guard.deniesByDefault ? denial(label, 'defaultAction is Deny, and nothing here or narrower allows it') : undefined;
}

/** Notes what a policy would do that only looks on. It never makes a request wait: a method that would have to is left out. */
function watch(guard: RunningGuard, caller: Caller): void {
  const { exchange } = caller;
  const recognised = recognise(guard, exchange);
  const isPending = recognised instanceof Promise;
  const own = isPending ? undefined : recognised.admitted?.identity;
  const known = caller.visibleFrom(guard.rank);
  const refusal =
    shadowUnusable(guard) ??
    checkAddressOf(guard, exchange.clientAddress) ??
    (isPending ? undefined : recognised.refusal) ??
    checkRules(guard, exchange, own === undefined ? known : [...known, own]);
  if (refusal !== undefined) exchange.shadowRefusals = [...exchange.shadowRefusals, nameOfDecision(refusal)];
}

function shadowUnusable({ policy: { current } }: RunningGuard): Refusal | undefined {
  return current?.unresolved === undefined ? undefined : unusable(current.label, current.unresolved);
}

function strip(guard: RunningGuard, exchange: Exchange): void {
  if (!guard.authenticates || isShadow(guard)) return;
  for (const authenticator of guard.policy.current?.authentication?.authenticators ?? []) authenticator.strip(exchange);
}
