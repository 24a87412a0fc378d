// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@weir/base';
import type { HeaderValue, JwtProvider, KeySet } from '@weir/policy/snapshot';
import { candidateKeys } from './candidate-keys.ts';
import { checkClaims, checkIssuer, checkValidity, validityFromClaims } from './check-claims.ts';
import type { Validity } from './check-claims.ts';
import { headersFromClaims } from './claim-headers.ts';
import { openKeySource } from './key-source.ts';
import type { KeySets, KeySource } from './key-source.ts';
import type { JsonObject } from './parse-json-object.ts';
import { MAX_TOKEN_LENGTH, parsePart, parseToken, quote } from './parse-token.ts';
import type { ParsedToken } from './parse-token.ts';
import { TokenRefusal } from './token-refusal.ts';
import { digestFromToken, VerifiedTokens } from './verified-tokens.ts';
import { verifySignature } from './verify-signature.ts';

/** What a token proves. Frozen; requests with one token share it. */
export interface VerifiedToken {
  /** `JwtProvider.name`. */
  readonly provider: string;
  readonly subject: string | undefined;
  readonly claims: JsonObject;
  /** Of `JwtProvider.claimHeaders`, those whose claims are there. */
  readonly headers: readonly HeaderValue[];
}

export interface JwtVerifier {
  /**
   * Verifies a compact token, without the word before it. Returns a promise only where keys have to be fetched first.
   *
   * @throws {TokenRefusal} as a rejection where it is a promise.
   */
  verify(token: string): VerifiedToken | Promise<VerifiedToken>;
}

export interface JwtVerifierPorts {
  readonly clock: Clock;
  readonly keySets: KeySets;
}

/** Verifies the tokens of one provider. One is enough for all routes with it: they share what was verified. */
export function createJwtVerifier(provider: JwtProvider, { clock, keySets }: JwtVerifierPorts): JwtVerifier {
  return new CachingVerifier(provider, clock, openKeySource(provider.keys, keySets));
}

interface Verified {
  readonly token: VerifiedToken;
  readonly validity: Validity;
}

/** Nothing of its claims is believed before it is verified. */
interface Unverified {
  readonly token: ParsedToken;
  readonly claims: JsonObject;
}

class CachingVerifier implements JwtVerifier {
  private readonly provider: JwtProvider;
  private readonly clock: Clock;
  private readonly keys: KeySource;
  private readonly verified = new VerifiedTokens<Verified>();
  /** The keys that `verified` was verified with. */
  private verifiedWith: KeySet | undefined = undefined;

  constructor(provider: JwtProvider, clock: Clock, keys: KeySource) {
    this.provider = provider;
    this.clock = clock;
    this.keys = keys;
  }

  verify(text: string): VerifiedToken | Promise<VerifiedToken> {
    if (text.length > MAX_TOKEN_LENGTH) {
      throw new TokenRefusal('too_long', `the token has ${text.length} characters; at most ${MAX_TOKEN_LENGTH} are read`);
    }
    this.dropOthersThan(this.keys.current);
    const digest = digestFromToken(text);
    const known = this.verified.get(digest);
    if (known === undefined) return this.verifyUnknown(parseToken(text));
    const nowMs = this.clock.wallMs();
    if (!isWithin(known.validity, nowMs)) this.verified.remove(digest);
    checkValidity(known.validity, nowMs);
    return known.token;
  }

  /** Of another issuer, a token is refused before keys are asked for: with several providers each sees the tokens of all. */
  private verifyUnknown(token: ParsedToken): VerifiedToken | Promise<VerifiedToken> {
    const claims = parsePart('payload', token.payload);
    checkIssuer(claims, this.provider);
    const { current } = this.keys;
    if (current === undefined) return this.keys.first().then(first => this.verifyWith({ token, claims }, first));
    try {
      return this.verifyWith({ token, claims }, current);
    } catch (error) {
      const newer = error instanceof TokenRefusal && error.code === 'unknown_key' ? this.keys.refresh() : undefined;
      if (newer === undefined) throw error;
      return newer.then(set => this.verifyWith({ token, claims }, set));
    }
  }

  private verifyWith({ token, claims }: Unverified, set: KeySet): VerifiedToken {
    assertSigned(token, set, this.provider);
    checkClaims(claims, this.provider);
    const validity = validityFromClaims(claims, this.provider);
    checkValidity(validity, this.clock.wallMs());
    const verified = Object.freeze({
      provider: this.provider.name,
      subject: typeof claims['sub'] === 'string' ? claims['sub'] : undefined,
      claims,
      headers: headersFromClaims(claims, this.provider.claimHeaders),
    });
    if (set === this.keys.current) this.keep(token.text, { token: verified, validity }, set);
    return verified;
  }

  private keep(text: string, verified: Verified, set: KeySet): void {
    this.dropOthersThan(set);
    this.verified.add(digestFromToken(text), verified, text.length);
  }

  /** A key that was withdrawn vouches for nothing any more. */
  private dropOthersThan(set: KeySet | undefined): void {
    if (set === this.verifiedWith) return;
    this.verified.clear();
    this.verifiedWith = set;
  }
}

function assertSigned(token: ParsedToken, set: KeySet, { algorithms }: JwtProvider): void {
  const { keys, isNamed } = candidateKeys(token, set, algorithms);
  if (keys.some(key => verifySignature(token, key))) return;
  if (isNamed) throw new TokenRefusal('signature_invalid', `it was not signed with key ${quote(token.keyId)}`);
  throw new TokenRefusal('unknown_key', `its kid is ${quote(token.keyId)}, and none of ${set.keys.length} keys has signed it`);
}

function isWithin({ fromMs, untilMs }: Validity, nowMs: number): boolean {
  return nowMs >= fromMs && nowMs < untilMs;
}
