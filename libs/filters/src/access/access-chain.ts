// SPDX-License-Identifier: Apache-2.0
import { CONTINUE, NO_IDENTITIES } from '@weir/base';
import type { Exchange, Identity, Verdict } from '@weir/base';
import type { AccessChain, AccessGuard } from '@weir/policy/snapshot';
import { noteDenial } from '../external-authorization/external-auth.ts';
import type { Outcome } from '../external-authorization/external-authorizer.ts';
import { admitConnection } from './admit-connection.ts';
import { authenticate } from './authenticate.ts';
import type { Recognition } from './authenticate.ts';
import type { Reference } from './reference.ts';
import { denial, nameOfDecision, refuse, unavailable, unusable } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { RunningGuard } from './running-guard.ts';
import type { RunningPolicy } from './running-policy.ts';

/** A chain of access policies at work. */
export class RunningChain {
  private readonly guards: readonly RunningGuard[];

  constructor({ guards }: AccessChain, policyOf: (name: AccessGuard['policy']) => Reference<RunningPolicy>) {
    this.guards = guards.map(({ policy, deniesByDefault, relaxed }) => ({
      policy: policyOf(policy),
      deniesByDefault,
      checksAddresses: !relaxed.includes('addresses'),
      authenticates: !relaxed.includes('authentication'),
      authorizes: !relaxed.includes('authorization'),
      asksOutside: !relaxed.includes('externalAuthorization'),
    }));
  }

  /**
   * Admits a request or throws the Fault that it gets. In this order, so that what is cheap protects what is dear, and nobody learns
   * by a 403 what a caller could do who is known: that the policies can be evaluated, addresses, who it is, what it may do, and last what
   * others say who have to be asked.
   */
  admit(exchange: Exchange): Promise<Verdict> | Verdict {
    for (const guard of this.guards) throwIfRefused(exchange, checkUsable(guard) ?? checkAddress(guard, exchange));
    return this.authenticate(exchange, 0);
  }

  /** Admits a connection that is carried whole, or throws the Fault that closes it. */
  admitConnection(address: string): void {
    admitConnection(this.guards, address);
  }

  private authenticate(exchange: Exchange, from: number): Promise<Verdict> | Verdict {
    for (let i = from; i < this.guards.length; i++) {
      const guard = this.guards[i]!;
      if (isShadow(guard)) continue;
      const recognised = recognise(guard, exchange);
      if (recognised instanceof Promise) return this.authenticateLater(exchange, i, recognised);
      takeIdentity(exchange, recognised);
    }
    return this.authorize(exchange);
  }

  private async authenticateLater(exchange: Exchange, index: number, pending: Promise<Recognition>): Promise<Verdict> {
    takeIdentity(exchange, await pending);
    return this.authenticate(exchange, index + 1);
  }

  private authorize(exchange: Exchange): Promise<Verdict> | Verdict {
    for (const guard of this.guards) {
      if (!isShadow(guard)) throwIfRefused(exchange, checkRules(guard, exchange, exchange.identities));
    }
    return this.askOutside(exchange, 0);
  }

  private askOutside(exchange: Exchange, from: number): Promise<Verdict> | Verdict {
    for (let i = from; i < this.guards.length; i++) {
      const guard = this.guards[i]!;
      const { current } = guard.policy;
      if (!guard.asksOutside || isShadow(guard) || current?.externalAuthorizer === undefined) continue;
      return this.takeOutcome(exchange, i, { label: current.label, pending: current.externalAuthorizer.authorize(exchange) });
    }
    return this.admitted(exchange);
  }

  private async takeOutcome(
    exchange: Exchange,
    index: number,
    { label, pending }: { readonly label: string; readonly pending: Promise<Outcome> },
  ): Promise<Verdict> {
    const outcome = await pending;
    if (outcome.kind === 'unavailable') throw refuse(exchange, unavailable(label, outcome.detail));
    if (outcome.kind === 'admitted') return this.askOutside(exchange, index + 1);
    exchange.decidedBy = label;
    noteDenial(exchange, `AccessPolicy ${label}: ${outcome.detail}`);
    return outcome.reply;
  }

  private admitted(exchange: Exchange): Verdict {
    // Only what the policies in force admit is worth asking about.
    for (const guard of this.guards) if (isShadow(guard)) watch(guard, exchange);
    for (const guard of this.guards) strip(guard, exchange);
    return CONTINUE;
  }
}

function isShadow({ policy }: RunningGuard): boolean {
  return policy.current?.isShadow === true;
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

const NOBODY_ASKED: Recognition = Object.freeze({ identity: undefined, refusal: undefined });

function recognise({ policy: { current }, authenticates }: RunningGuard, exchange: Exchange): Promise<Recognition> | Recognition {
  if (!authenticates || current?.authentication === undefined) return NOBODY_ASKED;
  return authenticate({ label: current.label, authentication: current.authentication }, exchange);
}

function takeIdentity(exchange: Exchange, { identity, refusal }: Recognition): void {
  throwIfRefused(exchange, refusal);
  if (identity !== undefined) exchange.identities = withIdentity(exchange.identities, identity);
}

function withIdentity(identities: readonly Identity[], identity: Identity): readonly Identity[] {
  return identities === NO_IDENTITIES ? [identity] : [...identities, identity];
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
function watch(guard: RunningGuard, exchange: Exchange): void {
  const recognised = recognise(guard, exchange);
  const isPending = recognised instanceof Promise;
  const identity = isPending ? undefined : recognised.identity;
  const identities = identity === undefined ? exchange.identities : withIdentity(exchange.identities, identity);
  const refusal =
    shadowUnusable(guard) ??
    checkAddressOf(guard, exchange.clientAddress) ??
    (isPending ? undefined : recognised.refusal) ??
    checkRules(guard, exchange, identities);
  if (refusal !== undefined) exchange.shadowRefusals = [...exchange.shadowRefusals, nameOfDecision(refusal)];
}

function shadowUnusable({ policy: { current } }: RunningGuard): Refusal | undefined {
  return current?.unresolved === undefined ? undefined : unusable(current.label, current.unresolved);
}

/** A credential that a policy has looked at goes no further, whoever of its methods admitted the caller. */
function strip(guard: RunningGuard, exchange: Exchange): void {
  if (!guard.authenticates || isShadow(guard)) return;
  for (const authenticator of guard.policy.current?.authentication?.authenticators ?? []) authenticator.strip(exchange);
}
