// SPDX-License-Identifier: Apache-2.0
import { meshName } from '../../resolve/index.ts';
import type { InboundUse, ResolvedWorkload } from '../../resolve/index.ts';
import type { InboundPort, InboundService, Workload } from '../../snapshot/index.ts';
import { resourceName } from './resource-name.ts';

/** `key`: `NAMESPACE/SERVICE-ACCOUNT/ADDRESS`. */
export function compileWorkload(key: string, { identity, address, mode, uses }: ResolvedWorkload): Workload {
  const byPort = [...Map.groupBy(uses, ({ port }) => port)].sort(([left], [right]) => left - right);
  return {
    kind: 'workload',
    name: resourceName.workload(key),
    identity,
    address,
    ports: byPort.map(([port, found]) => compilePort(port, found)),
    ...(mode === 'strict' ? { mode } : {}),
  };
}

function compilePort(port: number, uses: readonly InboundUse[]): InboundPort {
  const protocols = new Set(uses.map(({ protocol }) => protocol));
  const [first = 'detect'] = protocols;
  return {
    port,
    // Services that disagree leave it to the first bytes.
    protocol: protocols.size === 1 ? first : 'detect',
    mode: uses.some(({ mode }) => mode === 'strict') ? 'strict' : 'permissive',
    services: uses.map(compileUse).sort((left, right) => (left.label < right.label ? -1 : 1)),
  };
}

function compileUse({ place, gateways }: InboundUse): InboundService {
  const names = { label: meshName.label(place), serverName: meshName.server(place), listener: meshName.receiver(place) };
  return gateways === undefined ? names : { ...names, gateways };
}
