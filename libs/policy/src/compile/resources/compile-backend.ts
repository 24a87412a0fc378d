// SPDX-License-Identifier: Apache-2.0
import type { ResolvedBackend } from '../../resolve/index.ts';
import type { Backend, BackendTls } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

export function compileBackend({ target, trust, ...backend }: ResolvedBackend): Backend {
  const { protocol, proxyProtocol, balance, connectTimeoutMs, zonePreference, health, sessionPersistence, ...rest } = backend;
  const { circuitBreaker, connectionLimits, sources, mesh, endpoints, split } = rest;
  return {
    kind: 'backend',
    name: resourceName.backend(target),
    label: `${target.namespace}/${target.service}:${target.port}`,
    protocol,
    tls: trust === undefined ? undefined : compileTrust(trust),
    proxyProtocol,
    balance,
    connectTimeoutMs,
    zonePreference,
    health,
    sessionPersistence,
    circuitBreaker,
    connectionLimits,
    sources,
    ...(mesh === undefined ? {} : { mesh }),
    endpoints,
    ...(split === undefined ? {} : { split }),
  };
}

function compileTrust({ policy, authoritiesPem, ...trust }: NonNullable<ResolvedBackend['trust']>): BackendTls {
  const { serverName, subjectAltNames, usesSystemAuthorities } = trust;
  const trustBundle = authoritiesPem === undefined ? undefined : resourceName.policyTrust(policy);
  return { serverName, subjectAltNames, usesSystemAuthorities, trustBundle };
}
