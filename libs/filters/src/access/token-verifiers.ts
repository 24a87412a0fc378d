// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, JwtProvider, Resource } from '@weir/policy/snapshot';
import type { JwtVerifier } from '../jwt/jwt-verifier.ts';

/** Verifiers of tokens, one for each provider however many policies name it; see `createTokenVerifiers`. */
export interface TokenVerifiers {
  /** The same one as before where the provider says the same as before: what it has verified stays known. */
  verifierOf(provider: JwtProvider): JwtVerifier;
  /** Forgets all others. To be called when a configuration has replaced another one. */
  retain(providers: readonly JwtProvider[]): void;
}

/** Whether a resource is a policy that has tokens verified: what does that is loaded for these alone. */
export function needsTokenVerifiers(resource: Resource): boolean {
  return resource.kind === 'accessPolicy' && providersOf(resource).length > 0;
}

export function providersOf({ authentication }: AccessPolicy): readonly JwtProvider[] {
  return (authentication?.methods ?? []).flatMap(method => (method.kind === 'jwt' ? method.provider : []));
}
