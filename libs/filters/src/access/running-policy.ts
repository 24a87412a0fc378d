// SPDX-License-Identifier: Apache-2.0
import type { AccessPolicy, AuthenticationMethod } from '@weir/policy/snapshot';
import { createExternalAuthorizer } from '../external-authorization/external-authorizer.ts';
import type { AuthorizerPorts, ExternalAuthorizer } from '../external-authorization/external-authorizer.ts';
import { createIntrospection } from '../introspection/introspection.ts';
import type { IntrospectionPorts } from '../introspection/introspection.ts';
import { createBasic } from '../basic/basic.ts';
import type { BasicPorts } from '../basic/basic.ts';
import { createClientCertificate } from '../client-certificate/client-certificate.ts';
import { compileAddresses } from './address-rule.ts';
import type { AddressCheck } from './address-rule.ts';
import { createApiKey } from './api-key.ts';
import type { ApiKeyPorts } from './api-key.ts';
import type { Authenticator } from './authenticator.ts';
import { createJwt } from './jwt-method.ts';
import type { JwtPorts } from './jwt-method.ts';
import { ownedNames } from './owned-headers.ts';
import { compileRule } from './rule-matcher.ts';
import type { RuleMatcher, RuleOptions } from './rule-matcher.ts';

/** One AccessPolicy at work. */
export interface RunningPolicy {
  /** `namespace/name`. */
  readonly label: string;
  readonly isShadow: boolean;
  readonly unresolved: string | undefined;
  readonly checkAddress: AddressCheck | undefined;
  readonly authentication: RunningAuthentication | undefined;
  readonly denyRules: readonly RuleMatcher[];
  readonly allowRules: readonly RuleMatcher[];
  readonly externalAuthorizer: ExternalAuthorizer | undefined;
}

export interface RunningAuthentication {
  readonly authenticators: readonly Authenticator[];
  readonly admitsAnonymous: boolean;
  /** Names of fields that only the methods may write, as `ownedNames` has them. */
  readonly ownedHeaders: ReadonlySet<string>;
}

export type PolicyPorts = ApiKeyPorts &
  AuthorizerPorts &
  BasicPorts &
  IntrospectionPorts &
  JwtPorts &
  Pick<RuleOptions, 'gateway'>;

/** Throws where a part of the policy cannot be run: then all that it guards is refused. */
export function compilePolicy(policy: AccessPolicy, ports: PolicyPorts): RunningPolicy {
  const { label, isShadow, unresolved, addresses, authentication, denyRules, allowRules, externalAuthorization } = policy;
  const { gateway } = ports;
  return {
    label,
    isShadow,
    unresolved,
    checkAddress: addresses && compileAddresses(addresses),
    authentication: authentication && compileAuthentication(authentication, ports),
    denyRules: denyRules.map(rule => compileRule(rule, { fitsOnError: true, gateway })),
    allowRules: allowRules.map(rule => compileRule(rule, { fitsOnError: false, gateway })),
    externalAuthorizer: externalAuthorization && createExternalAuthorizer(`AccessPolicy ${label}`, externalAuthorization, ports),
  };
}

function compileAuthentication(
  { methods, admitsAnonymous }: NonNullable<AccessPolicy['authentication']>,
  ports: PolicyPorts,
): RunningAuthentication {
  const authenticators = methods.map(method => createAuthenticator(method, ports));
  return { authenticators, admitsAnonymous, ownedHeaders: ownedNames(authenticators.flatMap(one => one.ownedHeaders)) };
}

function createAuthenticator(method: AuthenticationMethod, ports: PolicyPorts): Authenticator {
  switch (method.kind) {
    case 'apiKey':
      return createApiKey(method, ports);
    case 'introspection':
      return createIntrospection(method, ports);
    case 'basic':
      return createBasic(method, ports);
    case 'clientCertificate':
      return createClientCertificate(method, ports);
    case 'jwt':
      return createJwt(method, ports);
  }
}
