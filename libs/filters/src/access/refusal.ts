// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import type { Exchange, FaultCode } from '@weir/base';

/** Why a policy does not admit a request. */
export interface Refusal {
  readonly code: Extract<FaultCode, 'access_denied' | 'policy_unavailable' | 'policy_unresolved' | 'unauthenticated'>;
  /** `namespace/name`. */
  readonly policy: string;
  /** Of the rule that decided; '' = none did. */
  readonly rule: string;
  /** For operators; callers are told nothing of it. */
  readonly detail: string;
  /** What a caller without credentials is told to bring (RFC 9110 §11.6.1). */
  readonly challenges: readonly string[];
}

const NO_CHALLENGES: readonly string[] = [];

export function denial(policy: string, detail: string, rule = ''): Refusal {
  return { code: 'access_denied', policy, rule, detail, challenges: NO_CHALLENGES };
}

export function unusable(policy: string, detail: string): Refusal {
  return { code: 'policy_unresolved', policy, rule: '', detail, challenges: NO_CHALLENGES };
}

/** Somebody whom the policy has to ask cannot be asked. */
export function unavailable(policy: string, detail: string): Refusal {
  return { code: 'policy_unavailable', policy, rule: '', detail, challenges: NO_CHALLENGES };
}

/** The fault that a request gets; what decided is noted for the log. */
export function refuse(exchange: Exchange, { code, policy, rule, detail, challenges }: Refusal): Fault {
  exchange.decidedBy = nameOfDecision({ policy, rule });
  const headers =
    challenges.length === 0 ? undefined : HeaderList.of(...challenges.map(one => ['www-authenticate', one] as const));
  return new Fault(code, `AccessPolicy ${policy}: ${detail}`, headers && { headers });
}

/** `namespace/name`, with `#rule` where a rule decided. */
export function nameOfDecision({ policy, rule }: Pick<Refusal, 'policy' | 'rule'>): string {
  return rule === '' ? policy : `${policy}#${rule}`;
}
