// SPDX-License-Identifier: Apache-2.0
import { Agent } from 'node:http';
import type { Duplex } from 'node:stream';

/** Sends one request over a connection that is there already. */
export class OneSocketAgent extends Agent {
  private readonly socket: Duplex;

  constructor(socket: Duplex) {
    super({ keepAlive: false });
    this.socket = socket;
  }

  override createConnection(): Duplex {
    return this.socket;
  }
}
