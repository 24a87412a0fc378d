// SPDX-License-Identifier: Apache-2.0
import type { Authenticator } from './authenticator.ts';

/**
 * What a caller that is refused is told to bring (RFC 9110 §11.6.1), each challenge once: any of the methods will do, and those that
 * have refused something say so, as far as their scheme has words for it.
 */
export function challengesOf(methods: readonly Authenticator[], refusing: readonly Authenticator[]): readonly string[] {
  return [...new Set(methods.map(method => (refusing.includes(method) ? method.challengeOfRefused : method.challenge)))];
}
