// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { Admitted, Authenticated, Authenticator } from './authenticator.ts';
import { challengesOf } from './challenges.ts';
import type { Refusal } from './refusal.ts';
import type { RunningAuthentication } from './running-policy.ts';

/** Who a caller is by one policy; undefined = it admits callers without a credential, and this is one. */
export type Recognition =
  | { readonly admitted: Admitted | undefined; readonly refusal: undefined }
  | { readonly admitted: undefined; readonly refusal: Refusal };

/** Tries the methods of a policy in their order, any of which will do. Waits only where one of them has to. */
export function authenticate(
  policy: { readonly label: string; readonly authentication: RunningAuthentication },
  exchange: Exchange,
): Promise<Recognition> | Recognition {
  const attempt = new Attempt(policy.label, policy.authentication);
  return attempt.run(exchange, 0);
}

class Attempt {
  private readonly policy: string;
  private readonly authentication: RunningAuthentication;
  /** Undefined as long as nothing has been shown. */
  private failure: { readonly isUnavailable: boolean; readonly detail: string } | undefined = undefined;
  private readonly refusing: Authenticator[] = [];

  constructor(policy: string, authentication: RunningAuthentication) {
    this.policy = policy;
    this.authentication = authentication;
  }

  run(exchange: Exchange, from: number): Promise<Recognition> | Recognition {
    const { authenticators } = this.authentication;
    for (let i = from; i < authenticators.length; i++) {
      const authenticator = authenticators[i]!;
      const found = authenticator.authenticate(exchange);
      if (found instanceof Promise) return this.runLater(exchange, i, found);
      if (found.kind === 'admitted') return { admitted: found, refusal: undefined };
      this.note(authenticator, found);
    }
    return this.conclude();
  }

  private async runLater(exchange: Exchange, index: number, pending: Promise<Authenticated>): Promise<Recognition> {
    const found = await pending;
    if (found.kind === 'admitted') return { admitted: found, refusal: undefined };
    this.note(this.authentication.authenticators[index]!, found);
    return this.run(exchange, index + 1);
  }

  /** That a method could not be asked weighs more than that another one said no: it may have been the right one. */
  private note(authenticator: Authenticator, found: Authenticated): void {
    if (found.kind === 'refused') this.refusing.push(authenticator);
    if (found.kind === 'absent' || found.kind === 'admitted' || this.failure?.isUnavailable === true) return;
    const isUnavailable = found.kind === 'unavailable';
    if (this.failure === undefined || isUnavailable) {
      this.failure = { isUnavailable, detail: `method ${authenticator.name}: ${found.detail}` };
    }
  }

  private conclude(): Recognition {
    const { failure, policy, refusing } = this;
    const { admitsAnonymous, authenticators } = this.authentication;
    if (failure === undefined && admitsAnonymous) return { admitted: undefined, refusal: undefined };
    const base = { policy, rule: '', detail: failure?.detail ?? 'the request has no credential' };
    const refusal: Refusal =
      failure?.isUnavailable === true
        ? { ...base, code: 'policy_unavailable', challenges: [] }
        : { ...base, code: 'unauthenticated', challenges: challengesOf(authenticators, refusing) };
    return { admitted: undefined, refusal };
  }
}
