// SPDX-License-Identifier: Apache-2.0
// `node destination-reporter.ts ADDRESS…`: tells each connection to port 15001 of these addresses where it was going.
import { createServer } from 'node:net';
import { INTERCEPTION_DEFAULTS } from './interception-defaults.ts';
import { loadOriginalDestination } from './original-destination.ts';

const readDestination = await loadOriginalDestination();
for (const address of process.argv.slice(2)) {
  createServer(socket => {
    try {
      socket.end(JSON.stringify(readDestination(socket)));
    } catch (error) {
      socket.end(String(error));
    }
  }).listen({ host: address, port: INTERCEPTION_DEFAULTS.outboundPort, ipv6Only: address === '::1' });
}
process.stderr.write('ready\n');
