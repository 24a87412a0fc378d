// SPDX-License-Identifier: Apache-2.0
import type { Fault, HeaderList, ResponseHandler, ResponseHead, Session } from '@weir/base';

/** Stands between a call to an endpoint and its handler, and has the client come back to that endpoint. */
export class SessionCall implements ResponseHandler {
  readonly #session: Session;
  readonly #endpointId: string;
  readonly #handler: ResponseHandler;

  constructor(session: Session, endpointId: string, handler: ResponseHandler) {
    this.#session = session;
    this.#endpointId = endpointId;
    this.#handler = handler;
  }

  onInformation(head: ResponseHead): void {
    this.#handler.onInformation(head);
  }

  onHead(head: ResponseHead): void {
    this.#session.keep(this.#endpointId, head.headers);
    this.#handler.onHead(head);
  }

  onData(chunk: Buffer): boolean {
    return this.#handler.onData(chunk);
  }

  onEnd(trailers: HeaderList | undefined): void {
    this.#handler.onEnd(trailers);
  }

  onFault(fault: Fault): void {
    this.#handler.onFault(fault);
  }
}
