// SPDX-License-Identifier: Apache-2.0
import type { AddressInfo } from 'node:net';
import { ListenError } from '../listen/listen-error.ts';
import { listenErrorFrom } from '../listen/open-port.ts';
import type { PortAddress } from '../listen/open-port.ts';
import { hostPort } from '../listen/socket-address.ts';
import { closeHttpServer, openHttpServer } from './http-server.ts';
import type { AdminAnswer } from './http-server.ts';

/** A server for those who run a proxy, and not for its traffic. */
export interface OperatorServer extends PortAddress {
  close(): Promise<void>;
}

export interface OperatorServerPlan {
  /** Gets `METHOD /path`; undefined = there is nothing. */
  readonly find: (route: string) => (() => AdminAnswer | Promise<AdminAnswer>) | undefined;
  /** What it is for, in errors: `metrics`. */
  readonly purpose: string;
  /** The option that says where it is. */
  readonly flag: string;
}

/** Port 0 = any. Throws ListenError, which names the option to change. */
export async function openOperatorServer(at: PortAddress, { find, purpose, flag }: OperatorServerPlan): Promise<OperatorServer> {
  try {
    const server = await openHttpServer(find, { host: at.address, port: at.port });
    const { port } = server.address() as AddressInfo;
    return { address: at.address, port, close: () => closeHttpServer(server) };
  } catch (error) {
    const { code, message } = await listenErrorFrom(error, at);
    const where = hostPort(at.address, at.port);
    const words = {
      message: message.replace(where, `${where} for ${purpose}`),
      hint: `choose another place with ${flag} ADDRESS:PORT, or none with ${flag} off`,
    };
    throw new ListenError(code, words, { cause: error });
  }
}
