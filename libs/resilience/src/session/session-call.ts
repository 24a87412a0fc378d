// SPDX-License-Identifier: Apache-2.0
import { PassingHandler } from '@weir/base';
import type { ResponseHandler, ResponseHead, Session } from '@weir/base';

/** Stands between a call to an endpoint and its handler, and has the client come back to that endpoint. */
export class SessionCall extends PassingHandler {
  readonly #session: Session;
  readonly #endpointId: string;

  constructor(session: Session, endpointId: string, handler: ResponseHandler) {
    super(handler);
    this.#session = session;
    this.#endpointId = endpointId;
  }

  override onHead(head: ResponseHead): void {
    this.#session.keep(this.#endpointId, head.headers);
    super.onHead(head);
  }
}
