// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { SecureContext, Server, TLSSocket, TlsOptions } from 'node:tls';
import { Fault } from '@weir/base';
import type { ClientValidation, Listener, Port } from '@weir/policy/snapshot';
import { selectListener } from '@weir/routing';
import type { CertificateStore } from './certificate-store.ts';
import { socketBelow } from './socket-below.ts';
import { tlsFaultOf } from './tls-fault.ts';
import { sendUnrecognizedName } from './unrecognized-name.ts';

export interface TlsAcceptorOptions {
  readonly certificates: CertificateStore;
  /** PEM of the authorities that clients are checked with; undefined where the reference is broken. */
  readonly clientAuthoritiesPem: string | undefined;
  readonly handshakeTimeoutMs: number;
  /** 48 bytes in hex that all workers share; '' = sessions resume on the same worker only. */
  readonly ticketKeysHex: string;
  onSecure(socket: TLSSocket): void;
  /** `socket`: the accepted one, undefined where it cannot be told. Of a client that left without a byte nothing is said. */
  onHandshakeFailed(fault: Fault, socket: Socket | undefined): void;
}

/** Terminates TLS for the listeners of a port that have the same settings. Made anew when its listeners or certificates change; connections that an old one made stay. */
export class TlsAcceptor {
  private readonly server: Server;

  constructor(port: Port, options: TlsAcceptorOptions) {
    const validation = clientValidationOf(port);
    const authorities = validation === undefined ? undefined : authoritiesOf(options);
    this.server = createServer({
      ...settingsOf(port),
      handshakeTimeout: options.handshakeTimeoutMs,
      ...defaultCertificate(port, options.certificates),
      ...verificationOptions(validation, authorities),
      sessionIdContext: sessionContextOf(validation, authorities),
      // Node calls it on the TLS socket.
      SNICallback(this: unknown, serverName, done) {
        try {
          const name = serverName.toLowerCase();
          const listener = selectListener(port, name);
          if (listener === undefined) sendUnrecognizedName(this);
          const context = listener === undefined ? undefined : contextFor(listener, name);
          if (context === undefined) {
            done(new Fault('route_not_found', `no listener has a certificate for the server name ${name}`));
          } else done(null, context);
        } catch (reason) {
          done(reason instanceof Error ? reason : new Error('the certificate cannot be used'));
        }
      },
    });
    const contextFor = ({ tls }: Listener, serverName: string): SecureContext | undefined => {
      const certificate = options.certificates.select(tls?.certificates ?? [], serverName);
      return certificate === undefined ? undefined : options.certificates.contextOf(certificate, authorities);
    };
    if (options.ticketKeysHex !== '') this.server.setTicketKeys(Buffer.from(options.ticketKeysHex, 'hex'));
    this.server.on('secureConnection', socket => {
      forgetVerification(socket);
      options.onSecure(socket);
    });
    this.server.on('tlsClientError', (error, secure) => {
      const socket = socketBelow(secure);
      // A probe of a balancer: nobody asked for anything.
      const isProbe = socket?.bytesRead === 0 && 'code' in error && error.code === 'ECONNRESET';
      if (!isProbe) options.onHandshakeFailed(tlsFaultOf(error), socket);
    });
  }

  /** Begins the handshake on a fresh connection. */
  accept(socket: Socket): void {
    this.server.emit('connection', socket);
  }
}

/**
 * A certificate that fails verification and is admitted nevertheless leaves its failure in the thread's queue of OpenSSL's errors, where
 * whatever reads next takes it for its own: the connection would end. Node empties the queue after it has read a certificate.
 */
function forgetVerification(socket: TLSSocket): void {
  const failure: unknown = socket.authorizationError;
  if (failure !== undefined && failure !== null) socket.getPeerX509Certificate();
}

/** What Node takes of a server only, and not of a server name's context. */
function settingsOf({ listeners: [listener] }: Port): TlsOptions {
  const { minVersion = 'TLSv1.2', ciphers } = listener?.tls ?? {};
  return {
    minVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    // What TLS carries on other listeners is between client and backend.
    ...(listener?.protocol === 'HTTPS' ? { ALPNProtocols: ['h2', 'http/1.1'] } : {}),
  };
}

/** All listeners of a port share one validation (GEP-91), as a connection may carry requests for any of them. */
function clientValidationOf(port: Port): ClientValidation | undefined {
  return port.listeners.find(listener => listener.tls?.clientValidation !== undefined)?.tls?.clientValidation;
}

/** Without authorities nobody can be verified: an empty list refuses every certificate, where a missing one would mean the system's. */
function authoritiesOf({ clientAuthoritiesPem }: TlsAcceptorOptions): readonly string[] {
  return clientAuthoritiesPem === undefined ? [] : [clientAuthoritiesPem];
}

function verificationOptions(validation: ClientValidation | undefined, authorities: readonly string[] | undefined): TlsOptions {
  if (validation === undefined || authorities === undefined) return {};
  return { requestCert: true, rejectUnauthorized: validation.mode === 'require', ca: [...authorities] };
}

/** RFC 5246 and OpenSSL leave 32 bytes for it. */
const SESSION_CONTEXT_LENGTH = 32;

/**
 * Sessions resume only where clients are checked in the same way. All ports share the ticket keys, and a resumed session brings along
 * what was found out about the client's certificate when it began: at another port, or before the authorities were changed.
 */
function sessionContextOf(validation: ClientValidation | undefined, authorities: readonly string[] | undefined): string {
  return hash('sha256', JSON.stringify([validation?.mode, authorities])).slice(0, SESSION_CONTEXT_LENGTH);
}

/** For clients that send no server name. */
function defaultCertificate(port: Port, certificates: CertificateStore): TlsOptions {
  const certificate = certificates.select(
    port.listeners.flatMap(listener => listener.tls?.certificates ?? []),
    undefined,
  );
  return certificate === undefined ? {} : { cert: certificate.chainPem, key: certificate.keyPem };
}
