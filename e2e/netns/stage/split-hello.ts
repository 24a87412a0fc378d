// SPDX-License-Identifier: Apache-2.0
// `node split-hello.ts ADDRESS PORT [MATERIAL]`: begins TLS again and again, each time with its first message in two packets, split at another
// byte, and asks for `/` where the handshake comes to its end. MATERIAL: a JSON file with `cert`, `key`, `ca` and `servername` of a caller in
// the mesh; without it a client outside. Prints how often it heard what: `{"200":250}`.
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';

const [, , host = '', port = '', material] = process.argv;
const options: ConnectionOptions =
  material === undefined
    ? { rejectUnauthorized: false }
    : {
        ...(JSON.parse(readFileSync(material, 'utf8')) as ConnectionOptions),
        checkServerIdentity: () => undefined,
        ALPNProtocols: ['weir/1/http/1.1'],
      };
const AT_A_TIME = 8;
let helloBytes = Infinity;

/** A connection whose first write goes in two packets. */
function splitAt(socket: Socket, at: number): Duplex {
  let isFirst = true;
  const split = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      if (!isFirst) {
        socket.write(chunk, done);
        return;
      }
      isFirst = false;
      helloBytes = chunk.length;
      socket.write(chunk.subarray(0, at));
      // Its acknowledgement has come when the second one is sent, so the kernel cannot put both together.
      setTimeout(() => socket.write(chunk.subarray(at), done), 1);
    },
    final: done => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', bytes => split.push(bytes)).on('end', () => split.push(null));
  socket.on('error', error => split.destroy(error)).on('close', () => split.destroy());
  return split;
}

function ask(at: number): Promise<string> {
  return new Promise(resolve => {
    const socket = connectTcp({ host, port: Number(port), noDelay: true });
    const secure = connect({ ...options, socket: splitAt(socket, at) });
    let heard = '';
    const end = (): void => {
      socket.destroy();
      resolve(/^HTTP\/1\.1 (\d+)/.exec(heard)?.[1] ?? 'nothing');
    };
    secure.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    secure.on('error', end).on('close', end).on('end', end);
    secure.write('GET / HTTP/1.1\r\nHost: own.example\r\nConnection: close\r\n\r\n');
  });
}

const heard = new Map<string, number>();
let next = 1;
async function askAll(): Promise<void> {
  while (next < helloBytes) {
    const answer = await ask(next++);
    heard.set(answer, (heard.get(answer) ?? 0) + 1);
  }
}
await askAllOnce();
process.stdout.write(`${JSON.stringify({ ...Object.fromEntries(heard), helloBytes })}\n`);

/** The first one tells how long the message is. */
async function askAllOnce(): Promise<void> {
  const first = await ask(next++);
  heard.set(first, 1);
  await Promise.all(Array.from({ length: AT_A_TIME }, () => askAll()));
}
