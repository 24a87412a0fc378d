// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { denial, unusable } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import type { RunningGuard } from './running-guard.ts';
import type { ConnectionCaller, RuleMatcher } from './rule-matcher.ts';

const CANNOT_TELL = 'asks for what only a request has, and connections are carried whole here';

/**
 * Admits a connection that is carried whole, of which nothing is known but the client's address and who it is in the mesh, or throws the Fault that closes it.
 * What cannot be answered for a connection is answered with no.
 */
export function admitConnection(guards: readonly RunningGuard[], caller: ConnectionCaller): void {
  for (const guard of guards) {
    const refusal = refusalOf(guard, caller);
    if (refusal !== undefined) throw new Fault(refusal.code, `AccessPolicy ${refusal.policy}: ${refusal.detail}`);
  }
}

function refusalOf(guard: RunningGuard, caller: ConnectionCaller): Refusal | undefined {
  const { current, name } = guard.policy;
  if (current === undefined) return unusable(name, 'it is not known');
  if (current.isShadow) return undefined;
  const { label, unresolved, checkAddress, authentication } = current;
  if (unresolved !== undefined) return unusable(label, `it cannot be evaluated: ${unresolved}`);
  const wrongAddress = guard.checksAddresses ? checkAddress?.(caller.address) : undefined;
  if (wrongAddress !== undefined) return denial(label, wrongAddress);
  const needsCredential = guard.authenticates && authentication !== undefined && !authentication.admitsAnonymous;
  if (needsCredential) return denial(label, `authentication ${CANNOT_TELL}`);
  if (asksSomebody(guard)) return denial(label, `externalAuthorization ${CANNOT_TELL}`);
  return guard.authorizes ? byRules(guard, current, caller) : undefined;
}

function asksSomebody({ asksOutside, policy }: RunningGuard): boolean {
  return asksOutside && policy.current?.externalAuthorizer !== undefined;
}

interface Rules {
  readonly label: string;
  readonly denyRules: readonly RuleMatcher[];
  readonly allowRules: readonly RuleMatcher[];
}

function byRules(
  { deniesByDefault }: RunningGuard,
  { label, denyRules, allowRules }: Rules,
  caller: ConnectionCaller,
): Refusal | undefined {
  for (const { name, fitsConnection } of denyRules) {
    if (fitsConnection === undefined) return denial(label, `rule ${name} ${CANNOT_TELL}`, name);
    if (fitsConnection(caller)) return denial(label, `rule ${name} denies it`, name);
  }
  if (allowRules.length > 0) {
    return allowRules.some(({ fitsConnection }) => fitsConnection?.(caller) === true)
      ? undefined
      : denial(label, 'no Allow rule fits');
  }
  return deniesByDefault ? denial(label, 'defaultAction is Deny, and nothing here or narrower allows it') : undefined;
}
