// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { listenHost, onStop, portFromArguments } from '../service-process.ts';
import { CommandReader } from './command-reader.ts';
import { QUIT_REPLY, createLedger, isQuit, runCommand } from './commands.ts';

// A small database for numbers that must not repeat, such as those of orders. It speaks enough of the Redis protocol that
// `redis-cli` can talk to it. Weir carries its connections without looking into them.

const ledger = createLedger([['orders', '1000']]);

const server = createServer(socket => void converse(socket));
server.listen(portFromArguments('ledger'), listenHost());
onStop(() => process.exit(0));

async function converse(socket: Socket): Promise<void> {
  const reader = new CommandReader();
  try {
    // Keys and values are bytes: in this encoding each is a character.
    for await (const text of socket.setEncoding('latin1')) {
      for (const words of reader.read(String(text))) {
        if (isQuit(words)) return void socket.end(QUIT_REPLY);
        await send(socket, runCommand(ledger, words));
      }
    }
  } catch (error) {
    socket.end(`-ERR ${error instanceof Error ? error.message : 'unknown'}\r\n`);
  }
}

/** Waits for a client that asks faster than it reads. */
async function send(socket: Socket, reply: string): Promise<void> {
  if (!socket.write(reply, 'latin1')) await once(socket, 'drain');
}
