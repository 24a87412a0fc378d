// SPDX-License-Identifier: Apache-2.0
import { Resolver } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import { createCaresLookup } from '../key-sets/cares-lookup.ts';

/** Where a server is, and who may vouch for it. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  /** Undefined = plaintext. */
  readonly tls: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'servername'> | undefined;
}

/** How long a connection that was ended may take to be closed by its other end. */
const END_MS = 500;

/** Connects for ioredis, whose own way would look names up by `dns.lookup`: that takes a thread of the pool while a name server is silent. */
export function connectorTo({ host, port, tls }: RedisPlace): new () => AbstractConnector {
  const lookup = createCaresLookup(new Resolver({ timeout: 500, tries: 2 }));
  const place = { host, port, lookup };
  return class extends AbstractConnector {
    constructor() {
      super(END_MS);
    }

    connect(): Promise<Socket> {
      this.connecting = true;
      // Said, as NODE_TLS_REJECT_UNAUTHORIZED would change what is not.
      const stream = tls === undefined ? connectTcp(place) : connectTls({ ...place, ...tls, rejectUnauthorized: true });
      stream.once('error', (error: Error) => (this.firstError = error));
      this.stream = stream;
      return Promise.resolve(stream);
    }
  };
}
