// SPDX-License-Identifier: Apache-2.0
import type { ResolvedBackend } from '../../resolve/index.ts';
import type { Backend, BackendTls } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** Well above a handshake across continents, and short enough that another endpoint can still be tried. */
const CONNECT_TIMEOUT_MS = 5000;

export function compileBackend({ target, protocol, trust, proxyProtocol, balance, endpoints }: ResolvedBackend): Backend {
  return {
    kind: 'backend',
    name: resourceName.backend(target),
    label: `${target.namespace}/${target.service}:${target.port}`,
    protocol,
    tls: trust === undefined ? undefined : compileTrust(trust),
    proxyProtocol,
    balance,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    endpoints,
  };
}

function compileTrust({ policy, authoritiesPem, ...trust }: NonNullable<ResolvedBackend['trust']>): BackendTls {
  const { serverName, subjectAltNames, usesSystemAuthorities } = trust;
  const trustBundle = authoritiesPem === undefined ? undefined : resourceName.policyTrust(policy);
  return { serverName, subjectAltNames, usesSystemAuthorities, trustBundle };
}
