// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { MeshMode, MeshProtocol, MeshSettings } from '@weir/policy/snapshot';
import type { OriginalDestination } from '../intercept/original-destination.ts';
import { callerResources, MeshBench, meshSettings, receiverResources, uriOf } from './mesh-bench.ts';
import type { MeshCredentials } from './mesh-bench.ts';
import type { AddressAnswer } from './mesh-host.ts';

/** That stands for the Service `shop/catalogue`, port 80. */
export const SERVICE_ADDRESS = '10.96.0.1';
/** Of the workload that serves it, at port 8080. */
export const WORKLOAD_ADDRESS = '10.1.1.1';

export interface CapturedOptions {
  readonly protocol?: MeshProtocol;
  readonly mode?: MeshMode;
  readonly settings?: Partial<Pick<MeshSettings, 'ranges' | 'unknownDestinations'>>;
}

/** Credentials for a URI. */
export type IssueCredentials = (uri: string) => Promise<MeshCredentials>;

/** Two sidecars to which everything is redirected, with destinations that a test says; the called one stands before an application. */
export class CapturedStage {
  readonly caller: MeshBench;
  readonly receiver: MeshBench;
  /** Where what the caller's application dials is said to go. */
  dialled: Partial<OriginalDestination> = {};
  /** Where what comes in is said to go. */
  called: Partial<OriginalDestination> = {};
  /** Says who is at an address; undefined = nobody is asked. */
  answer: ((address: string) => Promise<AddressAnswer>) | undefined;
  /** Of the caller, for its application. */
  outbound = 0;
  /** Of the receiver, for anybody. */
  inbound = 0;
  private readonly issue: IssueCredentials;

  constructor(issue: IssueCredentials) {
    this.issue = issue;
    const destination = (told: Partial<OriginalDestination>, port: number): OriginalDestination => ({
      ...{ address: SERVICE_ADDRESS, port, isListener: false },
      ...told,
    });
    this.caller = new MeshBench({
      readDestination: () => destination(this.dialled, 80),
      needAddress: address => this.answer?.(address),
    });
    this.receiver = new MeshBench({ readDestination: () => destination({ address: WORKLOAD_ADDRESS, ...this.called }, 8080) });
  }

  async open(application: Server, { protocol = 'detect', mode = 'strict', settings = {} }: CapturedOptions = {}): Promise<void> {
    const { caller, receiver } = this;
    await caller.join(await this.issue(uriOf('shop/checkout')));
    await receiver.join(await this.issue(uriOf('shop/catalogue')));
    await caller.apply(meshSettings(settings));
    const { port } = application.address() as AddressInfo;
    await receiver.apply(...receiverResources(port, { protocol, mode, address: WORKLOAD_ADDRESS }));
    this.inbound = await receiver.listen({ kind: 'inbound', identity: 'shop/catalogue', port: undefined });
    const endpoints = [{ address: '127.0.0.1', port: this.inbound, identity: 'shop/catalogue' }];
    await caller.apply(...callerResources({ protocol, mode, endpoints, addresses: [SERVICE_ADDRESS] }));
    this.outbound = await caller.listen({ kind: 'captured' });
  }

  close(): void {
    this.caller.close();
    this.receiver.close();
  }
}

/** Listens on a free port of loopback. */
export async function listening<Listening extends Server>(server: Listening): Promise<Listening> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** All that comes on a connection to a port, after these words were said (none = none), or `reset`. */
export async function talk(port: number, ...words: readonly (Buffer | string)[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  for (const word of words) await said(socket, word);
  if (words.length > 0) socket.end();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) chunks.push(chunk as Buffer);
  } catch {
    return 'reset';
  }
  return Buffer.concat(chunks).toString('latin1');
}

/** Each word is on its way before the next: they come apart. */
function said(socket: Socket, word: Buffer | string): Promise<void> {
  return new Promise(resolve => {
    socket.write(word, () => setImmediate(resolve));
  });
}
