// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Identity, RequestHead } from '@weir/base';
import type { JwtMethod, TokenSource } from '@weir/policy/snapshot';
import type { VerifiedToken } from '../jwt/jwt-verifier.ts';
import { TokenRefusal } from '../jwt/token-refusal.ts';
import { ABSENT } from './authenticator.ts';
import type { Authenticated, Authenticator } from './authenticator.ts';
import type { ConsumerTable } from './consumer-table.ts';
import { hideParameters } from './credential-source.ts';
import type { Reference } from './reference.ts';
import { readTokens, removeTokens } from './token-place.ts';
import type { TokenVerifiers } from './token-verifiers.ts';

export interface JwtPorts {
  readonly tokens: TokenVerifiers;
  readonly consumers: (name: JwtMethod['consumers']) => Reference<ConsumerTable>;
}

/** Where the token was that an identity comes of, by any method: `header authorization`. */
const placeOfIdentity = new WeakMap<Identity, string>();

/** JSON Web Tokens of one issuer, as bearer tokens (RFC 6750). Throws where no verifier can be made. */
export function createJwt(method: JwtMethod, { tokens, consumers }: JwtPorts): Authenticator {
  const { name, provider } = method;
  const { sources, claimHeaders, forwardsToken } = provider;
  const verifier = tokens.verifierOf(provider);
  const owners = new TokenOwners(method, consumers(method.consumers));
  const hidden = sources.filter(({ kind }) => kind === 'query').map(source => source.name);
  return {
    name,
    // RFC 6750 §3: with at least one parameter, and without an error where nothing was shown.
    challenge: `Bearer realm="${name}"`,
    challengeOfRefused: `Bearer realm="${name}", error="invalid_token"`,
    ownedHeaders: claimHeaders.map(({ header }) => header),
    hide: hidden.length === 0 ? undefined : exchange => hideParameters(exchange, hidden),
    authenticate({ request }) {
      const found = findToken(request, sources);
      if (found === undefined) return ABSENT;
      if (found.tokens.length > 1) {
        return { kind: 'refused', detail: `the request has several tokens in ${placeOf(found.source)}` };
      }
      try {
        const verified = verifier.verify(found.tokens[0]!);
        if (!(verified instanceof Promise)) return owners.admit(verified, found.source);
        return verified.then(token => owners.admit(token, found.source), refusalOf);
      } catch (reason) {
        return refusalOf(reason);
      }
    },
    strip(exchange) {
      for (const source of sources) {
        // Whoever was admitted by something else may have shown any token: the backend would take it for one that was verified.
        if (!forwardsToken || !isVerified(exchange, placeOf(source))) removeTokens(exchange.request, source);
      }
    },
  };
}

interface FoundToken {
  readonly source: TokenSource;
  /** At least one. */
  readonly tokens: readonly string[];
}

function findToken(request: RequestHead, sources: readonly TokenSource[]): FoundToken | undefined {
  for (const source of sources) {
    const tokens = readTokens(request, source);
    if (tokens.length > 0) return { source, tokens };
  }
  return undefined;
}

function placeOf({ kind, name }: TokenSource): string {
  return `${kind} ${name}`;
}

function isVerified({ identities }: Exchange, place: string): boolean {
  return identities.some(identity => placeOfIdentity.get(identity) === place);
}

/** Never has the token in it: the messages of refusals do not. */
function refusalOf(reason: unknown): Authenticated {
  if (!(reason instanceof TokenRefusal)) {
    return { kind: 'unavailable', detail: `the token could not be looked at: ${String(reason)}` };
  }
  return { kind: reason.blame === 'keys' ? 'unavailable' : 'refused', detail: reason.message };
}

/** Whose the tokens of a method are. What was found out is kept as long as the token is remembered and the Consumers are the same. */
class TokenOwners {
  private readonly method: JwtMethod;
  private readonly table: Reference<ConsumerTable>;
  private knownIn: ConsumerTable | undefined = undefined;
  private known = new WeakMap<VerifiedToken, { readonly place: string; readonly answer: Authenticated }>();

  constructor(method: JwtMethod, table: Reference<ConsumerTable>) {
    this.method = method;
    this.table = table;
  }

  admit(token: VerifiedToken, source: TokenSource): Authenticated {
    const { current, name } = this.table;
    if (current === undefined) return { kind: 'unavailable', detail: `${name} is not known` };
    if (current !== this.knownIn) {
      this.known = new WeakMap();
      this.knownIn = current;
    }
    const place = placeOf(source);
    const known = this.known.get(token);
    if (known?.place === place) return known.answer;
    const answer = this.find(token, current);
    if (answer.kind === 'admitted') placeOfIdentity.set(answer.identity, place);
    this.known.set(token, { place, answer });
    return answer;
  }

  private find({ claims, headers }: VerifiedToken, table: ConsumerTable): Authenticated {
    const { name, provider, requiresConsumer } = this.method;
    const owner = table.ownerOfToken(provider.issuer, claims);
    if (owner === undefined && requiresConsumer) {
      return { kind: 'refused', detail: 'the token is valid, and is that of no Consumer' };
    }
    const { consumer = '', groups = [] } = owner ?? {};
    return { kind: 'admitted', identity: { method: name, consumer, groups, claims }, headers };
  }
}
