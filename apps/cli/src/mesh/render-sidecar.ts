// SPDX-License-Identifier: Apache-2.0
import type { RunningSidecar, StartSidecarOptions } from '@weir/sidecar';
import type { Paint } from '../terminal/paint.ts';

interface Start extends StartSidecarOptions {
  readonly durationMs: number;
}

/** What a person sees when a sidecar serves: who it is, who calls it where, and whom it calls where. */
export function renderSidecar({ adminPath }: Pick<RunningSidecar, 'adminPath'>, start: Start, paint: Paint): string {
  const { identity, inbound, outbound, capture = [], proxy, durationMs } = start;
  const bullet = `  ${paint.good('●')}`;
  return [
    '',
    `${paint.strong('weir')} is the sidecar of ${paint.strong(identity)} ${paint.dim(`(ready in ${Math.round(durationMs)} ms)`)}`,
    '',
    ...inbound.map(
      ({ listen, application }) => `${bullet} ${place(listen)} ${paint.dim('→ the application at')} ${place(application)}`,
    ),
    ...outbound.map(({ listen, service, port }) => `${bullet} ${place(listen)} ${paint.dim('→')} ${nameOf(service)}:${port}`),
    ...capture.map(address => `${bullet} ${address} ${paint.dim('all connections that `weir intercept` redirects')}`),
    ...(proxy === undefined ? [] : [`${bullet} ${place(proxy)} ${paint.dim('→ any Service, as an HTTP proxy')}`]),
    `    ${paint.dim(`admin    ${adminPath}`)}`,
    '',
  ]
    .join('\n')
    .concat('\n');
}

function place({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `mesh/shop/orders` is orders.shop to those who call it. */
function nameOf(service: string): string {
  const [, namespace, name] = service.split('/');
  return `${name}.${namespace}`;
}
