// SPDX-License-Identifier: Apache-2.0
import type { ExternalAuthorization } from './external-authorization.ts';
import type { IntrospectionMethod } from './introspection.ts';
import type { BasicMethod, ConsumerPassword } from './basic-method.ts';
import type { CelProgram } from './cel/cel-program.ts';
import type { CertificateNameMatch, ClientCertificateMethod } from './client-certificate-method.ts';
import type { JwtProvider } from './jwt/jwt-provider.ts';
import type { ResourceName } from './resource-name.ts';
import type { PathMatch } from './route-rule.ts';

/**
 * The access policies that hold at one place, widest first. Named `access/SCOPE:NAMESPACE/POLICY,…`: after what is attached where
 * and not after what the policies say, so that a changed policy is sent once and no route with it.
 */
export interface AccessChain {
  readonly kind: 'accessChain';
  readonly name: ResourceName;
  /** At least one; every one of them must admit a request. */
  readonly guards: readonly AccessGuard[];
}

/** One policy at one place. */
export interface AccessGuard {
  /** Name of an AccessPolicy resource. */
  readonly policy: ResourceName;
  /** The kind of scope that it is attached at, for people: `Gateway`. */
  readonly scope: string;
  /** How narrow that is; 0 = the widest. Its rules see the identities that policies of its own scope and of wider ones have found. */
  readonly rank: number;
  /** Its default holds here: no policy of the same or a narrower scope has Allow rules. */
  readonly deniesByDefault: boolean;
  /** Parts that a narrower policy has switched off, as this one lets it. */
  readonly relaxed: readonly AccessPart[];
}

export type AccessPart = 'addresses' | 'authentication' | 'authorization' | 'externalAuthorization';

/** What one AccessPolicy asks of requests. Named `access-policy/NAMESPACE/NAME`. */
export interface AccessPolicy {
  readonly kind: 'accessPolicy';
  readonly name: ResourceName;
  /** `namespace/name`. */
  readonly label: string;
  /** Refuses nothing: what it would refuse is counted and logged. */
  readonly isShadow: boolean;
  /** It cannot be evaluated as written: every request that it guards is refused with 503. */
  readonly unresolved: string | undefined;
  /** Undefined = any address is admitted. */
  readonly addresses: AddressLists | undefined;
  /** Undefined = nobody is asked who they are. */
  readonly authentication: Authentication | undefined;
  /** A request that fits one of them is refused. */
  readonly denyRules: readonly AccessRule[];
  /** Where there are any, a request must fit one of them. */
  readonly allowRules: readonly AccessRule[];
  /** Is asked about what all else admits; undefined = nobody is. */
  readonly externalAuthorization: ExternalAuthorization | undefined;
}

/** CIDRs, every address with its prefix length. */
export interface AddressLists {
  /** Undefined = all but those denied. */
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
}

export interface Authentication {
  /** At least one; any of them will do. */
  readonly methods: readonly AuthenticationMethod[];
  /** Callers without any credential are admitted. */
  readonly admitsAnonymous: boolean;
}

export type AuthenticationMethod = ApiKeyMethod | BasicMethod | ClientCertificateMethod | IntrospectionMethod | JwtMethod;

export interface ApiKeyMethod {
  readonly kind: 'apiKey';
  readonly name: string;
  /** The first place that has one counts. Header names are lower-case. */
  readonly sources: readonly CredentialSource[];
  /** Name of the Consumers resource. */
  readonly consumers: ResourceName;
  /** Whether the key goes on to the backend. */
  readonly isForwarded: boolean;
}

/** JSON Web Tokens of one issuer. */
export interface JwtMethod {
  readonly kind: 'jwt';
  readonly name: string;
  readonly provider: JwtProvider;
  /** Name of the Consumers resource in which the owner of a token is looked for. */
  readonly consumers: ResourceName;
  /** Whether a token that is none of theirs is refused. */
  readonly requiresConsumer: boolean;
}

export interface CredentialSource {
  readonly kind: 'cookie' | 'header' | 'query';
  readonly name: string;
}

/** All conditions that are there must hold. */
export interface AccessRule {
  readonly name: string;
  readonly methods: readonly string[] | undefined;
  readonly paths: readonly PathMatch[] | undefined;
  readonly headers: readonly { readonly name: string; readonly values: readonly string[] }[] | undefined;
  readonly consumers: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly claims: readonly { readonly path: readonly string[]; readonly values: readonly string[] }[] | undefined;
  readonly addresses: readonly string[] | undefined;
  /** Names of the client's certificate, one of which it must have. */
  readonly certificates: readonly CertificateNameMatch[] | undefined;
  /** Workloads of the mesh, one of which must call: `NAMESPACE/SERVICE-ACCOUNT`, or `NAMESPACE/*` for all of a namespace. */
  readonly identities: readonly string[] | undefined;
  /** Comes to true or false. */
  readonly cel: CelProgram | undefined;
}

/** Consumers of a namespace, or those that a selector picks. Named `consumers/NAMESPACE/SELECTOR`. Holds no secret, only hashes. */
export interface Consumers {
  readonly kind: 'consumers';
  readonly name: ResourceName;
  readonly consumers: readonly Consumer[];
}

export interface Consumer {
  /** `namespace/name`. */
  readonly label: string;
  readonly groups: readonly string[];
  readonly apiKeys: readonly ApiKeyHash[];
  readonly passwords: readonly ConsumerPassword[];
  readonly certificates: readonly CertificateNameMatch[];
  readonly tokens: readonly ConsumerToken[];
}

/** Verified tokens that are a Consumer's: those of the issuer whose claim is that value. */
export interface ConsumerToken {
  readonly issuer: string;
  readonly path: readonly string[];
  readonly value: string;
}

export interface ApiKeyHash {
  /** SHA-256 of the key, lower-case hex. Keys are long and random, so that nothing slower is needed. */
  readonly sha256: string;
  /** From then on it is refused, milliseconds since the Unix epoch; Infinity cannot be sent as JSON, so that 0 = never. */
  readonly expiresMs: number;
}
