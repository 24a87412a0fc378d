// SPDX-License-Identifier: Apache-2.0
import { type BodySink, type Exchange, type Fault, HeaderList, type ResponseHead } from '@weir/base';
import type { Responder, RunningExchange } from '@weir/proxy/http2';

/** What a request's path asks of the engine's double; any other path is answered at the end of the body. */
export const SCRIPTED_PATHS = {
  /** Answered before the body, which nobody reads. */
  now: '/now',
  /** Never answered; the body is not asked for. */
  hold: '/hold',
  /** Never answered; of the body one piece is taken. */
  stuck: '/stuck',
  /** Answered with more than the windows let through. */
  large: '/large',
  /** Answered with trailers. */
  trailers: '/trailers',
  /** Answered with an interim response first. */
  early: '/early',
} as const;

const LARGE_BYTES = 200_000;

/** The engine's double for one request: answers as the path says, and notes what it was told. */
export class ScriptedExchange implements RunningExchange, BodySink {
  readonly exchange: Exchange;
  isEnded = false;
  takenBytes = 0;
  private readonly responder: Responder;
  private readonly complain: (complaint: string) => void;
  private body = '';
  private trailers = '';
  private isBodyOver = false;
  private end = 'open';

  constructor(exchange: Exchange, responder: Responder, complain: (complaint: string) => void) {
    this.exchange = exchange;
    this.responder = responder;
    this.complain = complain;
  }

  /** The body counts only where it came whole: how much of a broken one was seen depends on how the bytes were cut. */
  get story(): string {
    const { method, authority, path, query, headers } = this.exchange.request;
    const body = this.isBodyOver && this.end === 'answered' ? `${this.body} [${this.trailers}]` : '';
    return `${method} ${authority} ${path} ${query ?? '-'} ${JSON.stringify([...headers.entries()])} ${this.end} ${body}`;
  }

  start(): void {
    const { path } = this.exchange.request;
    if (path === SCRIPTED_PATHS.now) this.answer();
    else if (path !== SCRIPTED_PATHS.hold) this.exchange.body.pipe(this);
  }

  onData(chunk: Buffer): boolean {
    this.takenBytes += chunk.length;
    if (this.isBodyOver) this.complain('data after the end of a body');
    this.body += chunk.toString('latin1');
    return this.exchange.request.path !== SCRIPTED_PATHS.stuck;
  }

  onEnd(trailers: HeaderList | undefined): void {
    if (this.isBodyOver) this.complain('a body that ends twice');
    this.isBodyOver = true;
    this.trailers = trailers === undefined ? '' : [...trailers.entries()].map(field => field.join(': ')).join('; ');
    if (!this.isEnded && this.exchange.request.path !== SCRIPTED_PATHS.stuck) this.answer();
  }

  onFault(_fault: Fault): void {
    if (this.isBodyOver) this.complain('a fault after the end of a body');
    this.isBodyOver = true;
  }

  resume(): void {
    // Everything was given to the codec at once.
  }

  admitTrailers(trailers: HeaderList | undefined): HeaderList | undefined {
    return trailers;
  }

  fail(fault: Fault): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.end = fault.code;
    this.responder.sendHead(headOf(fault.spec.status, 0));
    this.responder.sendEnd(undefined);
  }

  cancel(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.end = 'cancelled';
  }

  private answer(): void {
    const { responder } = this;
    const { path } = this.exchange.request;
    this.isEnded = true;
    this.end = 'answered';
    if (path === SCRIPTED_PATHS.early) responder.sendInformation(headOf(103, undefined));
    const body = path === SCRIPTED_PATHS.large ? Buffer.alloc(LARGE_BYTES, 'x') : Buffer.from('hello', 'latin1');
    responder.sendHead(headOf(200, path === SCRIPTED_PATHS.trailers ? undefined : body.length));
    if (this.exchange.request.method !== 'HEAD') responder.sendData(body);
    responder.sendEnd(path === SCRIPTED_PATHS.trailers ? HeaderList.of(['x-sum', '1']) : undefined);
  }
}

function headOf(status: number, contentLength: number | undefined): ResponseHead {
  return { status, headers: HeaderList.of(['x-answer', 'yes']), contentLength };
}
