// SPDX-License-Identifier: Apache-2.0
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { ServerWritableStream, handleUnaryCall } from '@grpc/grpc-js';
import { listenHost, onStop, portFromArguments } from '../service-process.ts';
import { STOCK } from './contract.ts';
import type { GetReply, GetRequest, ItemRequest, Level } from './contract.ts';
import { Shelf } from './shelf.ts';

const shelf = new Shelf({ kayak: 4, paddle: 23, lantern: 12, boots: 9, compass: 17, flask: 40 });

const server = new Server();
server.addService(STOCK, { Get: get, Take: take, Watch: watch });
server.bindAsync(`${listenHost()}:${portFromArguments('stock')}`, ServerCredentials.createInsecure(), error => {
  if (error !== null) throw error;
});
onStop(() => process.exit(0));

function get(...[call, reply]: Parameters<handleUnaryCall<GetRequest, GetReply>>): void {
  const { items } = call.request;
  const levels: Level[] = [];
  for (const item of items.length === 0 ? shelf.items : items) {
    const level = shelf.level(item);
    if (level === undefined) return reply(unknownItem(item));
    levels.push(level);
  }
  reply(null, { levels });
}

function take(...[call, reply]: Parameters<handleUnaryCall<ItemRequest, Level>>): void {
  const level = shelf.take(call.request.item);
  if (level === undefined) reply(unknownItem(call.request.item));
  else reply(null, level);
}

function watch(call: ServerWritableStream<ItemRequest, Level>): void {
  const { item } = call.request;
  const items = item === '' ? shelf.items : [item];
  const levels = items.map(name => shelf.level(name)).filter(level => level !== undefined);
  if (levels.length === 0) return void call.emit('error', unknownItem(item));
  // Of a client that reads slowly only the latest level of each item waits.
  const unsent = new Map(levels.map(level => [level.item, level]));
  const send = (): void => {
    for (const level of unsent.values()) {
      if (call.writableNeedDrain) return;
      unsent.delete(level.item);
      call.write(level);
    }
  };
  const stop = shelf.watch(level => {
    if (!items.includes(level.item)) return;
    unsent.set(level.item, level);
    send();
  });
  call.on('drain', send).on('cancelled', stop);
  send();
}

function unknownItem(item: string): { code: status; details: string } {
  return { code: status.NOT_FOUND, details: `there is no "${item}"; there are ${shelf.items.join(', ')}` };
}
