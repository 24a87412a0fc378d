// SPDX-License-Identifier: Apache-2.0
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

type Created = (reason: Error | null, stream: Duplex) => void;

/** Speaks TLS over streams that something else makes, such as a forwarded port, and keeps them for the requests that follow. */
export class CarriedAgent extends Agent {
  private readonly carry: () => Promise<Duplex>;
  private readonly tls: ConnectionOptions;
  private readonly carried = new Set<Duplex>();

  constructor(carry: () => Promise<Duplex>, tls: ConnectionOptions) {
    super({ keepAlive: true });
    this.carry = carry;
    this.tls = tls;
  }

  override createConnection(_options: object, created?: Created): undefined {
    this.open().then(
      stream => created?.(null, stream),
      (reason: unknown) => (created as ((reason: unknown) => void) | undefined)?.(reason),
    );
  }

  /** Ends them, also those that a request is on. */
  override destroy(): void {
    super.destroy();
    for (const stream of this.carried) stream.destroy();
  }

  private async open(): Promise<Duplex> {
    const stream = await this.carry();
    this.carried.add(stream);
    stream.once('close', () => this.carried.delete(stream));
    const socket = connectTls({ ...this.tls, socket: stream });
    // The reason of a stream that breaks is its own; TLS only says that it is gone.
    stream.once('error', reason => socket.destroy(reason));
    return socket;
  }
}
