// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;
/** `INCR orders`, as clients of Redis send it. */
const COMMAND = '*2\r\n$4\r\nINCR\r\n$6\r\norders\r\n';

/** The next number of an order, from the ledger at `address` (`host:port`); throws where it does not answer. */
export async function nextNumber(address: string): Promise<number> {
  const [host = '', port] = address.split(':');
  const socket = connect({ port: Number(port), host }).setEncoding('latin1');
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  try {
    socket.write(COMMAND);
    return await readNumber(socket);
  } catch (error) {
    throw new Error('the ledger gives no number', { cause: error });
  } finally {
    socket.destroy();
  }
}

async function readNumber(texts: AsyncIterable<unknown>): Promise<number> {
  let reply = '';
  for await (const text of texts) {
    reply += String(text);
    const number = /^:(?<number>\d+)\r\n/v.exec(reply)?.groups?.['number'];
    if (number !== undefined) return Number(number);
    if (reply.includes('\r\n')) break;
  }
  throw new Error(reply === '' ? 'the connection ended' : reply.trim());
}
