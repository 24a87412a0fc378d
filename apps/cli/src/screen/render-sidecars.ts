// SPDX-License-Identifier: Apache-2.0
import type { RequestedSidecar } from '@weir/policy/compile';
import { hostPort } from '@weir/proxy';
import type { SidecarState } from '../mesh-host/sidecar-set.ts';
import type { Paint } from '../terminal/paint.ts';
import { plural } from '../terminal/render-problem.ts';

export interface MeshShown {
  readonly sidecars: readonly SidecarState[];
  readonly trustDomain: string;
}

/** More of those that serve are counted only. */
const MAX_SHOWN = 12;

/** The sidecars of this process: who each is, where it is called and where the application behind it is. None: no lines. */
export function renderSidecars({ sidecars, trustDomain }: MeshShown, paint: Paint): readonly string[] {
  if (sidecars.length === 0) return [];
  const failed = sidecars.filter(({ failure }) => failure !== undefined);
  const serving = sidecars.filter(({ failure }) => failure === undefined);
  const shown = serving.slice(0, MAX_SHOWN);
  const width = Math.max(...shown.map(({ wanted }) => wanted.identity.length), 0);
  const more = serving.length - shown.length;
  return [
    `  ${paint.good('●')} mesh ${trustDomain}  ${plural(serving.length, 'sidecar')}, each with a certificate that it renews`,
    ...shown.map(({ wanted }) => `      ${wanted.identity.padEnd(width)}  ${paint.dim(describe(wanted))}`),
    ...(more === 0 ? [] : [`      ${paint.dim(`and ${more} more`)}`]),
    ...failed.map(({ wanted, failure }) => `  ${paint.bad('✗')} sidecar of ${wanted.key}  ${failure?.message ?? ''}`),
  ];
}

function describe({ inbound, outbound, proxy }: RequestedSidecar): string {
  const received = inbound.map(({ listen, application }) => `${placeText(listen)} → ${placeText(application)}`);
  const callCount = outbound.length + Number(proxy !== undefined);
  const calls =
    callCount === 0
      ? []
      : [
          `calls others at ${[...outbound.map(({ listen }) => listen), proxy]
            .flatMap(place => place ?? [])
            .map(placeText)
            .join(', ')}`,
        ];
  return [...received, ...calls].join(', ');
}

function placeText({ address, port }: RequestedSidecar['inbound'][number]['listen']): string {
  return hostPort(address, port);
}
