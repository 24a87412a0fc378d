// SPDX-License-Identifier: Apache-2.0
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import type { ChannelCredentials, MethodDefinition } from '@grpc/grpc-js';
import { STOCK } from './contract.ts';
import type { Level } from './contract.ts';

/** The host by which the gateway knows calls for the stock: HTTP and gRPC never share one. Services call it by its address alone. */
const AUTHORITY = 'stock.localhost';
const TIMEOUT_MS = 1_000;
const MAX_RECONNECT_MS = 1_000;

export type Headers = Readonly<Record<string, string>>;

/** Asks the stock at `address` (`host:port`), or a gateway in front of it, over HTTP/2. Errors are gRPC's ServiceErrors. */
export class StockClient {
  private readonly client: Client;

  constructor(address: string, security: ChannelCredentials = credentials.createInsecure()) {
    this.client = new Client(address, security, {
      'grpc.default_authority': AUTHORITY,
      'grpc.ssl_target_name_override': AUTHORITY,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': MAX_RECONNECT_MS,
    });
  }

  /** The levels of these items, or of all where none is named. `headers` go along as metadata. */
  async get(items: readonly string[], headers: Headers = {}): Promise<readonly Level[]> {
    return (await this.call(STOCK.Get, { items }, headers)).levels;
  }

  /** Takes one off the shelf, and gives what is left. */
  take(item: string, headers: Headers = {}): Promise<Level> {
    return this.call(STOCK.Take, { item }, headers);
  }

  /**
   * The level of an item, or of all for an empty name, now and after each change. Waits for a stock that is not there yet;
   * whoever stops reading ends the call.
   */
  async *watch(item: string): AsyncGenerator<Level, void> {
    const { path, requestSerialize, responseDeserialize } = STOCK.Watch;
    const patience = new Metadata({ waitForReady: true });
    const call = this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { item }, patience);
    try {
      yield* call as AsyncIterable<Level>;
    } finally {
      // That a call was cancelled is an error to gRPC; here it is what was wanted.
      call.on('error', () => undefined).cancel();
    }
  }

  [Symbol.dispose](): void {
    this.client.close();
  }

  private call<Request, Reply>(method: MethodDefinition<Request, Reply>, request: Request, headers: Headers): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = method;
    const options = { deadline: Date.now() + TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        toMetadata(headers),
        options,
        (error, reply) => {
          if (error === null && reply !== undefined) resolve(reply);
          else reject(error ?? new Error(`${path} gave no reply`));
        },
      );
    });
  }
}

function toMetadata(headers: Headers): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
