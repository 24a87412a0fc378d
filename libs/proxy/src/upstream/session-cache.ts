// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from 'node:tls';

/** A burst of connections resumes; what is beyond makes a full handshake, which costs time and nothing else. */
const MAX_SESSIONS = 8;

/**
 * How long after a full handshake its sessions, and those that follow from them, are resumed. No certificate is shown then (RFC 8446
 * §2.2), so that this bounds how long one is believed that has expired or was replaced.
 */
export const SESSION_LIFETIME_MS = 600_000;

/** A session that may be resumed. */
export interface ResumableSession {
  /** As `tls.connect` takes it. */
  readonly session: Buffer;
  /** When the server was verified, by the clock of the cache. */
  readonly verifiedMs: number;
}

/**
 * Sessions of TLS with one endpoint, to be resumed by its later connections. Node does not look at names where a session is
 * resumed, and a server takes the client for who it was: so a cache belongs to one pool, whose connections all trust the same
 * authorities and names, ask for the same server name, and show the same certificate.
 */
export class SessionCache {
  private readonly kept: ResumableSession[] = [];
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /**
   * A session for a new connection; undefined = none, and its handshake is a full one. Each is given to one connection at a time, and
   * those of TLS 1.3 once (RFC 8446 §C.4).
   */
  take(): ResumableSession | undefined {
    const oldestMs = this.nowMs() - SESSION_LIFETIME_MS;
    for (let found = this.kept.pop(); found !== undefined; found = this.kept.pop()) {
      if (found.verifiedMs > oldestMs) return found;
    }
    return undefined;
  }

  /** Keeps what the server of a connection offers, once it was verified. `resumed`: what the connection was begun with. */
  learnFrom(socket: TLSSocket, resumed: ResumableSession | undefined): void {
    const beganMs = this.nowMs();
    const used = (): ResumableSession | undefined => (socket.isSessionReused() ? resumed : undefined);
    socket.on('session', session => {
      if (socket.authorized) this.keep({ session, verifiedMs: used()?.verifiedMs ?? beganMs });
    });
    if (resumed === undefined) return;
    socket.once('secureConnect', () => {
      // In TLS 1.2 a session that is resumed goes on, and no other one is offered.
      if (used() !== undefined && socket.getProtocol() === 'TLSv1.2') this.keep(resumed);
    });
  }

  private keep(session: ResumableSession): void {
    if (this.kept.length >= MAX_SESSIONS) this.kept.shift();
    this.kept.push(session);
  }
}
