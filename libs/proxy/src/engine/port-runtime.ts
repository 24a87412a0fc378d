// SPDX-License-Identifier: Apache-2.0
import type { Listener, Port } from '@weir/policy/snapshot';
import type { TlsAcceptor } from '../tls/tls-acceptor.ts';
import type { MeshOrigin } from '../mesh/mesh-origin.ts';
import type { PortFront } from '../front/port-front.ts';

/** A port at work: its listeners as the snapshot has them, and its TLS. */
export interface PortRuntime {
  readonly port: Port;
  /** Terminates what a port gets when it is all of one kind; undefined on ports without TLS and where the front decides. */
  readonly tls: TlsAcceptor | undefined;
  /** What is read of a connection before it is known what becomes of it; undefined on ports where there is nothing to know. */
  readonly front: PortFront | undefined;
}

/** Where a connection came in: it keeps its port's name, and finds by it what the port is now. */
export interface ConnectionOrigin {
  readonly port: string;
  /** The listener whose certificate it was opened with; undefined on HTTP ports and without a server name. */
  readonly listener: Listener | undefined;
  /** In a sidecar: where its requests go. */
  readonly mesh?: MeshOrigin;
}
