// SPDX-License-Identifier: Apache-2.0
import type { Child } from '../processes/child.ts';

/** Same job for every contestant: listen, route by path prefix, keep connections to the backend, write an access log. */
export interface PeerSetup {
  /** Its own, empty. */
  readonly directory: string;
  readonly listenPort: number;
  readonly backendPort: number;
  readonly routeCount: number;
  /** Absent = plain HTTP. */
  readonly tls: TlsFiles | undefined;
  /** Carry connections whole to the backend, and know nothing of HTTP. */
  readonly isTcp: boolean;
}

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Both in one file, as HAProxy wants them. */
  readonly combinedFile: string;
}

export interface Peer {
  readonly name: string;
  /** What this machine lacks for it, or undefined when it can run. */
  findMissing(): string | undefined;
  /** Writes its configuration and starts it; it may not serve yet. */
  start(setup: PeerSetup): Promise<Child>;
}
