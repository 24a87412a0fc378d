// SPDX-License-Identifier: Apache-2.0
import type { ResourceName } from './resource-name.ts';

/**
 * One address and port to listen on, with every listener that shares it. Named `port/ADDRESS/PORT`, UDP ones `port/ADDRESS/PORT/udp`; those
 * of Gateways that have proxies of their own `port/NAMESPACE/GATEWAY/ADDRESS/PORT`.
 */
export interface Port {
  readonly kind: 'port';
  readonly name: ResourceName;
  /** IP address to bind. */
  readonly address: string;
  readonly port: number;
  readonly protocol: PortProtocol;
  /**
   * CIDRs of the balancers in front that begin each connection with a PROXY header, which is then required of them; from
   * everybody else it is not read. Empty = there are none.
   */
  readonly proxyProtocolFrom: readonly string[];
  /** At least one; hostnames differ. The most specific that covers a host takes the request, and no other does (listener isolation). */
  readonly listeners: readonly Listener[];
}

/**
 * What a port's first bytes are: `HTTP`: a request; `TLS`: a ClientHello, whose server name picks a listener of protocol HTTPS or
 * TLS; `TCP` and `UDP`: anything, all of it for the one listener there is.
 */
export type PortProtocol = 'HTTP' | 'TLS' | 'TCP' | 'UDP';

/** One listener of a Gateway. */
export interface Listener {
  /** Unique: `namespace/gateway/listener`, of a ListenerSet `namespace/gateway/set's namespace/set/listener`. */
  readonly name: string;
  /** Lower-case; `*.example.com` covers any number of labels in front; `*` covers all. */
  readonly hostname: string;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP';
  /** Only of protocol HTTPS and TLS. */
  readonly tls: ListenerTls | undefined;
  /** Shown to backends over TLS (Gateway `spec.tls.backend`); undefined = none is wanted. */
  readonly backendCertificate: BackendCertificate | undefined;
}

/** A Certificate resource; `unresolved`: it cannot be used, so every call over TLS fails: none is made without it. */
export type BackendCertificate = { readonly kind: 'certificate'; readonly name: ResourceName } | { readonly kind: 'unresolved' };

export interface ListenerTls {
  /** `passthrough`: the connection goes to a backend as it came, and the fields below mean nothing. */
  readonly mode: 'terminate' | 'passthrough';
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** In OpenSSL's names, joined by `:`; undefined = Node's own choice. */
  readonly ciphers: string | undefined;
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
