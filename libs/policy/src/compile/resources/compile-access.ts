// SPDX-License-Identifier: Apache-2.0
import { keyOfSelection } from '../../resolve/index.ts';
import type {
  ResolvedAccessPolicy,
  ResolvedChain,
  ResolvedConsumers,
  ResolvedExternalAuthorization,
  ResolvedMethod,
} from '../../resolve/index.ts';
import type {
  AccessChain,
  AccessPolicy,
  Authentication,
  AuthenticationMethod,
  Consumers,
  ExternalAuthorization,
} from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

export function compileAccessPolicy({ document, ...policy }: ResolvedAccessPolicy): AccessPolicy {
  const label = `${document.namespace}/${document.name}`;
  const { isShadow, unresolved, addresses, authentication, denyRules, allowRules, externalAuthorization } = policy;
  return {
    kind: 'accessPolicy',
    name: resourceName.accessPolicy(label),
    label,
    isShadow,
    unresolved,
    addresses,
    authentication: authentication && compileAuthentication(authentication),
    denyRules,
    allowRules,
    externalAuthorization: externalAuthorization && compileExternalAuthorization(externalAuthorization),
  };
}

function compileMethod(method: ResolvedMethod): AuthenticationMethod {
  if (method.kind !== 'introspection') {
    return { ...method, consumers: resourceName.consumers(keyOfSelection(method.consumers)) };
  }
  const { target, origin, ...endpoint } = method.endpoint;
  return { ...method, endpoint: { ...endpoint, backend: origin ?? (target && resourceName.backend(target)) } };
}

export function compileExternalAuthorization({ target, ...rest }: ResolvedExternalAuthorization): ExternalAuthorization {
  return { ...rest, backend: target && resourceName.backend(target) };
}

function compileAuthentication({
  methods,
  admitsAnonymous,
}: NonNullable<ResolvedAccessPolicy['authentication']>): Authentication {
  return {
    admitsAnonymous,
    methods: methods.map(compileMethod),
  };
}

/** `key`: of the chain. */
export function compileAccessChain(key: string, { guards }: ResolvedChain): AccessChain {
  return {
    kind: 'accessChain',
    name: resourceName.accessChain({ key }),
    guards: guards.map(({ policy, ...guard }) => ({ policy: resourceName.accessPolicy(policy), ...guard })),
  };
}

export function compileConsumers({ selection, consumers }: ResolvedConsumers): Consumers {
  return { kind: 'consumers', name: resourceName.consumers(keyOfSelection(selection)), consumers };
}
