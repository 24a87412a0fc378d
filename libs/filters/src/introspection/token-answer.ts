// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { IntrospectionMethod } from '@weir/policy/snapshot';
import type { ServiceAnswer } from '../service-call/service-call.ts';

type Claims = Readonly<Record<string, unknown>>;

/** What is known of a token, and until when: milliseconds since the Unix epoch. */
export type TokenFinding =
  | { readonly kind: 'active'; readonly claims: Claims; readonly untilMs: number }
  | { readonly kind: 'refused'; readonly detail: string };

/** What the policy wants of a token. */
export type TokenWishes = Pick<IntrospectionMethod, 'audiences' | 'issuer' | 'scopes'>;

/** What an issuer says of a token (RFC 7662 §2.2). Throws a Fault where it says nothing that can be understood. */
export function readAnswer(answer: ServiceAnswer, wishes: TokenWishes, nowMs: number): TokenFinding {
  if (answer.status === 401 || answer.status === 403) {
    throw wrong(`it answers ${answer.status}: it may not know the client, or another secret of it`);
  }
  if (answer.status !== 200) throw wrong(`it answers ${answer.status} instead of 200`);
  const claims = parseClaims(answer.body);
  const { active } = claims;
  if (typeof active !== 'boolean') throw wrong('its answer does not say whether the token is active');
  if (!active) return refused('the token is not active');
  return checkClaims(claims, wishes, nowMs);
}

function parseClaims(body: Buffer): Claims {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw wrong('its answer is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('its answer is no JSON object');
  return Object.freeze(value as Record<string, unknown>);
}

/** An issuer's word that a token is active is checked all the same: who asks knows best what it is for, and what time it is. */
function checkClaims(claims: Claims, { issuer, audiences, scopes }: TokenWishes, nowMs: number): TokenFinding {
  const untilMs = timeOf(claims, 'exp') ?? Infinity;
  if (nowMs >= untilMs) return refused('the token has expired');
  if (nowMs < (timeOf(claims, 'nbf') ?? -Infinity)) return refused('the token is not valid yet');
  if (issuer !== undefined && claims['iss'] !== issuer) return refused(`the token's iss is not ${issuer}`);
  if (audiences.length > 0 && !listOf(claims['aud']).some(one => typeof one === 'string' && audiences.includes(one))) {
    return refused(`the token's aud has none of ${audiences.join(', ')}`);
  }
  const granted = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : [];
  const missing = scopes.filter(scope => !granted.includes(scope));
  if (missing.length > 0) return refused(`the token's scope is without ${missing.join(', ')}`);
  return { kind: 'active', claims, untilMs };
}

/** A time that is no number is no time that could be trusted. */
function timeOf(claims: Claims, name: 'exp' | 'nbf'): number | undefined {
  const seconds = claims[name];
  if (seconds === undefined || seconds === null) return undefined;
  if (typeof seconds !== 'number') throw wrong(`its answer has an ${name} that is no number`);
  return seconds * 1000;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function refused(detail: string): TokenFinding {
  return { kind: 'refused', detail };
}

function wrong(detail: string): Fault {
  return new Fault('upstream_protocol_error', detail);
}
