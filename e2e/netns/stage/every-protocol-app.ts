// SPDX-License-Identifier: Apache-2.0
// `node every-protocol-app.ts CERTIFICATE KEY NAME`: an application that knows nothing of a mesh. HTTP/1 at 8080, HTTP/2 in plaintext at
// 8082, HTTPS of its own at 9443: each answers with the address that asks and what was spoken. At 9000 it is the one
// that speaks first, at 7000 it says what it hears, at 8090 what it was asked for and who it is, in a line of JSON.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';

const [, , certificate = '', key = '', name = ''] = process.argv;

function plain(address = ''): string {
  return address.replace(/^::ffff:/, '');
}

createServer((request, response) => {
  request.resume();
  response.end(`${plain(request.socket.remoteAddress)} HTTP/${request.httpVersion}`);
}).listen(8080, '::');

createServer((request, response) => {
  request.resume();
  const { method, url, headers } = request;
  response.end(`${JSON.stringify({ name, method, url, headers })}\n`);
}).listen(8090, '::');

createHttp2Server((request, response) => {
  response.end(`${plain(request.socket.remoteAddress)} HTTP/${request.httpVersion}`);
}).listen(8082, '::');

createHttpsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
  response.end('of its own');
}).listen(9443, '::');

createTcpServer({ allowHalfOpen: true }, socket => {
  socket.on('error', () => undefined);
  socket.end(`220 hello ${plain(socket.remoteAddress)}\r\n`);
}).listen(9000, '::');

createTcpServer({ allowHalfOpen: true }, socket => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
}).listen(7000, '::');

process.stderr.write('ready\n');
