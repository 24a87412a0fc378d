// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { listenHost, onStop, portFromArguments } from '../service-process.ts';
import type { Level } from '../stock/contract.ts';
import { StockClient } from '../stock/stock-client.ts';
import { StockNews } from './stock-news.ts';

// Tells every browser over a WebSocket what is sold, as soon as it is. It hears of that from the stock, over a stream of gRPC.

/** What a browser may leave unread before it is given up; it connects again and is told everything anew. */
const MAX_UNREAD_BYTES = 65_536;
/** Browsers have nothing to say here. */
const MAX_MESSAGE_BYTES = 1_024;
const RETRY_MS = 500;

/** `node main.ts PORT STOCK_ADDRESS` */
const stock = new StockClient(process.argv[3] ?? 'stock:50051');
const news = new StockNews();
const server = new WebSocketServer({
  port: portFromArguments('notifications'),
  host: listenHost(),
  path: '/notifications',
  maxPayload: MAX_MESSAGE_BYTES,
});

server.on('connection', socket => {
  // What goes wrong with a connection ends it; there is nobody else to tell.
  socket.on('error', () => undefined);
  for (const message of news.known()) socket.send(JSON.stringify(message));
});
onStop(() => process.exit(0));

for (;;) {
  await followStock();
  await delay(RETRY_MS);
}

/** Returns when the stream ends, with an error or without: each new one begins with all levels, so nothing is missed. */
async function followStock(): Promise<void> {
  try {
    for await (const level of stock.watch('')) tellEverybody(level);
  } catch {
    // The stock, or the way to it, has gone. Pages keep what they have.
  }
}

function tellEverybody(level: Level): void {
  const message = JSON.stringify(news.hear(level));
  for (const socket of server.clients) {
    if (socket.readyState !== WebSocket.OPEN) continue;
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
    else socket.send(message);
  }
}
