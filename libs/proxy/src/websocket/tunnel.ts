// SPDX-License-Identifier: Apache-2.0
import type { Dispatch, Exchange, Fault, FaultCode, HeaderList, ResponseHandler, ResponseHead, UpstreamCall } from '@weir/base';
import { FrameTracker } from './frame-tracker.ts';
import { TrackedBody } from './tracked-body.ts';

const SWITCHING_PROTOCOLS = 101;
/** A server's close frame with code 1001, going away (RFC 6455 §7.4.1). */
const CLOSE_FROM_SERVER = Buffer.from([0x88, 0x02, 0x03, 0xe9]);

/** A policy says that it has been silent, or has lasted, for long enough. */
const OVERDUE: ReadonlySet<FaultCode> = new Set<FaultCode>(['idle_timeout', 'stream_deadline']);

/** The WebSockets of a worker, which have to be told of its end. */
export class TunnelRegistry {
  private readonly tunnels = new Set<Tunnel>();

  /** Wraps the call of an exchange that wants to switch to WebSocket. */
  wrap(dispatch: Dispatch): Dispatch {
    return (exchange, handler) => new Tunnel(this, exchange, handler).start(dispatch);
  }

  /** Ends each with 1001 to both sides, at once or after the frame that is on its way. */
  goAway(): void {
    for (const tunnel of [...this.tunnels]) tunnel.goAway();
  }

  /** Ends those whose frame has not come to its end. */
  failAll(fault: Fault): void {
    for (const tunnel of [...this.tunnels]) tunnel.fail(fault);
  }

  add(tunnel: Tunnel): void {
    this.tunnels.add(tunnel);
  }

  delete(tunnel: Tunnel): void {
    this.tunnels.delete(tunnel);
  }
}

/** Whether an exchange has become a WebSocket. */
export function isOpenTunnel({ upgrade, status }: Exchange): boolean {
  return upgrade !== undefined && status === SWITCHING_PROTOCOLS;
}

/** One WebSocket: an exchange whose bodies flow both ways at once, and which may end between two frames of either. */
class Tunnel implements ResponseHandler, UpstreamCall {
  private readonly registry: TunnelRegistry;
  private readonly exchange: Exchange;
  private readonly handler: ResponseHandler;
  private readonly fromServer = new FrameTracker();
  private requestBody: TrackedBody | undefined;
  private call: UpstreamCall | undefined;
  private isOpen = false;
  private isLeaving = false;
  private isOver = false;

  constructor(registry: TunnelRegistry, exchange: Exchange, handler: ResponseHandler) {
    this.registry = registry;
    this.exchange = exchange;
    this.handler = handler;
  }

  start(dispatch: Dispatch): this {
    const { exchange } = this;
    exchange.request.headers.compact();
    this.requestBody = new TrackedBody(exchange.body);
    exchange.body = this.requestBody;
    this.call = dispatch(exchange, this);
    return this;
  }

  goAway(): void {
    this.isLeaving = true;
    this.requestBody?.goAway();
    this.leaveIfPossible();
  }

  fail(fault: Fault): void {
    if (!this.leave()) return;
    this.call?.cancel();
    this.handler.onFault(fault);
  }

  onInformation(head: ResponseHead): void {
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.isOpen = head.status === SWITCHING_PROTOCOLS;
    if (this.isOpen) this.registry.add(this);
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    if (this.isOver) return true;
    this.fromServer.push(chunk);
    const isTaking = this.handler.onData(chunk);
    this.leaveIfPossible();
    return isTaking;
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (this.leave()) this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    if (!this.leave()) return;
    if (this.isOpen && OVERDUE.has(fault.code) && this.fromServer.isBetweenFrames) this.sayGoodbye(fault);
    else this.handler.onFault(fault);
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(why?: 'late'): void {
    if (this.leave()) this.call?.cancel(why);
  }

  /** Its time is over, and nothing is wrong: the client hears so (1001). The upstream's side has ended already. */
  private sayGoodbye({ code, message }: Fault): void {
    this.exchange.fault = code;
    this.exchange.faultDetail = message;
    this.handler.onData(CLOSE_FROM_SERVER);
    this.handler.onEnd(undefined);
  }

  private leaveIfPossible(): void {
    if (!this.isLeaving || !this.fromServer.isBetweenFrames || !this.leave()) return;
    this.handler.onData(CLOSE_FROM_SERVER);
    this.handler.onEnd(undefined);
    // What the upstream was sent goes out before its connection ends.
    if (this.requestBody?.hasEnded !== true) this.call?.cancel();
  }

  /** False: it is over already. */
  private leave(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    this.registry.delete(this);
    return true;
  }
}
