// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { Fault } from '@weir/base';
import type { MeshMode, MeshProtocol, ResourceName, SidecarPort, WorkloadIdentity } from '@weir/policy/snapshot';
import type { AddressAndPort } from '../intercept/parse-socket-address.ts';
import { hostPort } from '../listen/socket-address.ts';
import { FixedBackend } from '../tcp/fixed-backend.ts';
import type { StreamWay } from '../tcp/stream-leg.ts';
import { capturedDestination } from './captured-destination.ts';
import type { MeshHost, RoleOf, WholePlace } from './mesh-host.ts';
import { meantServices } from './mesh-receiver.ts';

/** A port of the application that somebody calls. */
export interface CalledPort {
  readonly port: number;
  readonly protocol: MeshProtocol;
  readonly mode: MeshMode;
  /** What is learned is learned of it. */
  readonly subject: string;
  /** Where callers go who name a Service by this server name, or none (''). Throws Fault `peer_refused` where they may go nowhere. */
  placeFor(serverName: string): WholePlace;
}

interface Receiving {
  readonly port: SidecarPort;
  readonly role: RoleOf<'inbound'>;
  readonly socket: Socket;
}

/** Which port of the application a connection is for. Throws a Fault for one that nobody may call. */
export function calledPort(host: MeshHost, { port, role, socket }: Receiving): CalledPort {
  if (role.port !== undefined) {
    const found = servedPort(host, role.workload, role.port);
    if (found !== undefined) return found;
    throw new Fault('mesh_unavailable', `${role.workload} serves nothing at port ${role.port}`);
  }
  const at = capturedDestination(host.readDestination, socket);
  return servedPort(host, `workload/${role.identity}/${at.address}`, at.port) ?? unservedPort(host, { port, at, role });
}

function servedPort({ directory }: MeshHost, workload: ResourceName, number: number): CalledPort | undefined {
  const inbound = directory.inboundPort(workload, number);
  if (inbound === undefined) return undefined;
  const { protocol, mode } = inbound;
  const subject = `${workload}:${number}`;
  return { port: number, protocol, mode, subject, placeFor: serverName => meantServices(inbound, serverName) };
}

interface Unserved {
  readonly port: SidecarPort;
  readonly at: AddressAndPort;
  readonly role: { readonly identity: WorkloadIdentity };
}

/**
 * A port that no Service has, and so no policy. Where plaintext is refused nobody may call it, as nothing would say who may; else its
 * bytes are carried whole, as if there were no sidecar.
 */
function unservedPort({ directory }: MeshHost, { port: { name }, at, role: { identity } }: Unserved): CalledPort {
  const mode = directory.modeOf(identity);
  const place = hostPort(at.address, at.port);
  if (mode === undefined) throw new Fault('mesh_unavailable', `it is not known yet what ${identity} serves at ${place}`);
  if (mode === 'strict') throw new Fault('plaintext_refused', `no Service has ${place}, and ${identity} takes mutual TLS only`);
  const way = wayTo(at, `${identity}:unserved`);
  return {
    port: at.port,
    protocol: 'tcp',
    mode,
    subject: place,
    placeFor: serverName => {
      if (serverName === '') return { listener: name, way };
      throw new Fault('peer_refused', `no Service has ${place}, and the caller asks for ${serverName}`);
    },
  };
}

/** It is on this host: who does not answer by then is not there. */
const CONNECT_TIMEOUT_MS = 1_000;

function wayTo(at: AddressAndPort, label: string): StreamWay {
  const backend = new FixedBackend(at, { label, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  return { rule: undefined, label, backend, inner: 'tcp' };
}
