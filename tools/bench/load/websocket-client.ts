// SPDX-License-Identifier: Apache-2.0
import type { Socket } from 'node:net';
import { openSocket, readHead } from './connect.ts';
import { createEchoLoad, type Lane, type LaneEvents, type OpenLanes } from './echo-load.ts';
import type { CreateLoad } from './load.ts';
import { routeTarget } from './route-paths.ts';
import { MessageSplitter, renderMessage } from './websocket-frames.ts';

export interface WebSocketOptions {
  readonly connections: number;
  readonly messageBytes: number;
}

const HANDSHAKE_FIELDS =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2VpciBiZW5jaG1hcmsgIQ==';

/** Messages of one size that an echo server gives back, one on its way in each WebSocket. */
export function createWebSocketLoad({ connections, messageBytes }: WebSocketOptions): CreateLoad {
  const message = renderMessage(Buffer.alloc(messageBytes, 'weir '), true);
  const open = (options: OpenLanes): Promise<readonly Lane[]> =>
    Promise.all(Array.from({ length: connections }, () => openLane(message, options)));
  return createEchoLoad({ open, inFlight: 1 });
}

async function openLane(message: Buffer, { port, sockets, createEvents }: OpenLanes): Promise<Lane> {
  const events = createEvents();
  const socket = await openSocket(port);
  sockets.defer(() => socket.destroy());
  await openWebSocket(socket, events);
  return { send: () => socket.write(message) };
}

/** Makes a WebSocket of a connection to the gateway. Throws when it is refused. */
export async function openWebSocket(socket: Socket, { onEcho, onLost }: LaneEvents): Promise<void> {
  socket.write(`GET ${routeTarget(0)} HTTP/1.1\r\nHost: localhost\r\n${HANDSHAKE_FIELDS}\r\n\r\n`);
  const head = await readHead(socket);
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`the WebSocket was refused: ${head}`);
  const splitter = new MessageSplitter(onEcho);
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk);
  });
  socket.on('close', onLost);
}
