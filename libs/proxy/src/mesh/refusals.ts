// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import type { Fault } from '@weir/base';
import type { SidecarPort } from '@weir/policy/snapshot';
import { breakOff } from '../tcp/break-off.ts';
import type { MeshHost } from './mesh-host.ts';

/** Tells of a connection that ends here. `socket`: the accepted one, undefined where it cannot be told. */
export function tellRefusal(
  host: MeshHost,
  { name }: SidecarPort,
  told: { readonly fault: Fault; readonly socket: Socket | undefined },
): void {
  const { fault, socket } = told;
  host.onRefused({ name, protocol: TLS_FAULTS.has(fault.code) ? 'TLS' : 'TCP' }, fault, socket);
}

/** Ends a connection so that nobody takes it for an empty answer, and tells of it; of a client that left by itself there is nothing to tell. */
export function refuse(
  host: MeshHost,
  port: SidecarPort,
  { fault, socket }: { readonly fault: Fault; readonly socket: Socket },
): void {
  if (fault.code !== 'client_closed') tellRefusal(host, port, { fault, socket });
  breakOff(socket);
}

const TLS_FAULTS: ReadonlySet<string> = new Set(['peer_refused', 'tls_handshake_failed', 'mesh_unavailable']);
