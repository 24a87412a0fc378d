// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/** One address and port to listen on, with every listener that shares it. Named `port/ADDRESS/PORT`. */
export interface Port {
  readonly kind: 'port';
  readonly name: ResourceName;
  /** IP address to bind. */
  readonly address: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** At least one; hostnames differ. The most specific that covers a host takes the request, and no other does (listener isolation). */
  readonly listeners: readonly Listener[];
}

/** One listener of a Gateway. */
export interface Listener {
  /** `namespace/gateway/listener`: unique. */
  readonly name: string;
  /** Lower-case; `*.example.com` covers any number of labels in front; `*` covers all. */
  readonly hostname: string;
  /** Absent on HTTP ports. */
  readonly tls: ListenerTls | undefined;
}

export interface ListenerTls {
  /** Names of Certificate resources, the first is the default; empty = none can be used, so every handshake is refused. */
  readonly certificates: readonly ResourceName[];
  /** Client certificates: undefined = not asked for. */
  readonly clientValidation: ClientValidation | undefined;
}

/** How the certificates of clients are checked (GEP-91). */
export interface ClientValidation {
  /** Name of a TrustBundle resource; undefined = it could not be resolved, so every handshake is refused. */
  readonly trustBundle: ResourceName | undefined;
  /** `require`: only valid ones; `insecureFallback`: asked for, and admitted whatever comes. */
  readonly mode: 'require' | 'insecureFallback';
}
