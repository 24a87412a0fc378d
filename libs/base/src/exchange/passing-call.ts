// SPDX-License-Identifier: Apache-2.0
import type { Fault } from '../faults/fault.ts';
import type { ResponseHandler, UpstreamCall } from './dispatch.ts';
import type { HeaderList } from './header-list.ts';
import type { ResponseHead } from './heads.ts';

/** Stands before a handler and hands everything on; who looks at something overrides that. */
export class PassingHandler implements ResponseHandler {
  protected readonly handler: ResponseHandler;

  constructor(handler: ResponseHandler) {
    this.handler = handler;
  }

  onInformation(head: ResponseHead): void {
    this.handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.handler.onFault(fault);
  }
}

/** Stands between a call and its handler, as layers do, and hands everything on both ways. */
export class PassingCall extends PassingHandler implements UpstreamCall {
  protected call: UpstreamCall | undefined;

  /** The call that this is the handler of. */
  follow(call: UpstreamCall): this {
    this.call = call;
    return this;
  }

  resume(): void {
    this.call?.resume();
  }

  cancel(why?: 'late'): void {
    this.call?.cancel(why);
  }
}
