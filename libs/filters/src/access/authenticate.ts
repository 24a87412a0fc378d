// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Identity } from '@weir/base';
import type { Authenticated, Authenticator } from './authenticator.ts';
import type { Refusal } from './refusal.ts';
import type { RunningAuthentication } from './running-policy.ts';

/** Who a caller is by one policy; undefined = it admits callers without a credential, and this is one. */
export type Recognition =
  | { readonly identity: Identity | undefined; readonly refusal: undefined }
  | { readonly identity: undefined; readonly refusal: Refusal };

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
      if (found.kind === 'admitted') return { identity: found.identity, refusal: undefined };
      this.note(authenticator, found);
    }
    return this.conclude();
  }

  private async runLater(exchange: Exchange, index: number, pending: Promise<Authenticated>): Promise<Recognition> {
    const found = await pending;
    if (found.kind === 'admitted') return { identity: found.identity, refusal: undefined };
    this.note(this.authentication.authenticators[index]!, found);
    return this.run(exchange, index + 1);
  }

  /** That a method could not be asked weighs more than that another one said no: it may have been the right one. */
  private note({ name }: Authenticator, found: Authenticated): void {
    if (found.kind === 'absent' || found.kind === 'admitted' || this.failure?.isUnavailable === true) return;
    const isUnavailable = found.kind === 'unavailable';
    if (this.failure === undefined || isUnavailable) this.failure = { isUnavailable, detail: `method ${name}: ${found.detail}` };
  }

  private conclude(): Recognition {
    const { failure, policy } = this;
    const { admitsAnonymous, challenges } = this.authentication;
    if (failure === undefined && admitsAnonymous) return { identity: undefined, refusal: undefined };
    const isUnavailable = failure?.isUnavailable === true;
    const code = isUnavailable ? 'policy_unavailable' : 'unauthenticated';
    const detail = failure?.detail ?? 'the request has no credential';
    return { identity: undefined, refusal: { code, policy, rule: '', detail, challenges: isUnavailable ? [] : challenges } };
  }
}
