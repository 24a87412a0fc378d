// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Clock } from '@weir/base';
import type { MeshProtocol } from '@weir/policy/snapshot';
import type { ClientHello } from '../tls/client-hello.ts';
import type { BeginDial, EarlyUpstream } from './early-upstream.ts';
import type { ServerFirstPorts } from './server-first-ports.ts';

/** A connection whose protocol is to be found out. */
export interface DetectionPlan {
  /** What its port says that it speaks. */
  readonly declared: MeshProtocol;
  /** Of the original destination: some numbers say enough. */
  readonly port: number;
  /** What is learned is learned of it; see ServerFirstPorts. */
  readonly subject: string;
  /** Connects to the endpoint that carries it if its bytes are carried whole. */
  readonly dial: BeginDial;
  /**
   * How long nobody is dialled while the client is silent, as it may be about to begin TLS of the mesh: a server would see a connection
   * that nobody uses. Undefined = the client cannot: it is a local application, or TLS was ended before.
   */
  readonly tlsGraceMs: number | undefined;
}

/** What detections need of the engine. */
export interface DetectionHost {
  readonly clock: Clock;
  readonly serverFirst: ServerFirstPorts;
  /** For metrics and logs: how each connection was understood. */
  onDetected(detected: Detected): void;
}

export interface Detected {
  readonly subject: string;
  readonly protocol: 'http1' | 'http2' | 'opaque' | 'tls';
  readonly by: DetectedBy;
}

/**
 * `client`, `server`: what it said first; `client-ended`, `server-ended`: it said nothing, and never will; `declared`; `learned`: the
 * server spoke first before; `patience`: who began to speak did not go on; `port`: its number is that of a protocol that is not HTTP.
 */
export type DetectedBy = 'client' | 'client-ended' | 'declared' | 'learned' | 'patience' | 'port' | 'server' | 'server-ended';

/**
 * Exactly one is called, once, unless the detection is cancelled; it may be before `detectProtocol` returns. The source is paused and
 * without listeners then: who takes over listens anew.
 */
export interface DetectionHandler {
  /** Its bytes are requests. Nothing is dialled any more: their rules choose endpoints. */
  onHttp(found: FoundHttp): void;
  /** It is carried whole. */
  onStream(found: FoundStream): void;
  /** The client left, or the endpoint cannot be had and the client waits for it to speak. The caller ends the source. */
  onFailed(fault: Fault): void;
}

export interface FoundHttp {
  readonly protocol: 'http1' | 'http2';
  /** What was read, in memory of its own. */
  readonly pending: Buffer;
}

export interface FoundStream {
  /** Undefined = it is not TLS, as far as is known. */
  readonly hello: ClientHello | undefined;
  readonly pending: Buffer;
  /** To be taken or dropped. Undefined = none was dialled: it is TLS, and its server name decides where it goes. */
  readonly upstream: EarlyUpstream | undefined;
}

/** A detection on its way. */
export interface Detection {
  /** Lets go of source and endpoint without a word to the handler; the caller ends the source. */
  cancel(): void;
}

export function clientGone(): Fault {
  return new Fault('client_closed', 'the client left before it was known what it speaks');
}
