// SPDX-License-Identifier: Apache-2.0
// `node who-asks-server.ts PORT…`: an application that knows nothing of a mesh. Answers over HTTP with the address that asks.
import { createServer } from 'node:http';

for (const port of process.argv.slice(2)) {
  createServer((request, response) => {
    response.end((request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''));
  }).listen(Number(port), '::');
}
process.stderr.write('ready\n');
