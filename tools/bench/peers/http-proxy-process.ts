// SPDX-License-Identifier: Apache-2.0
import { createWriteStream, readFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import httpProxy from 'http-proxy';

// Arguments: LISTEN_PORT BACKEND_PORT [CERTIFICATE_FILE KEY_FILE]
const [listenPort, backendPort, certificateFile, keyFile] = process.argv.slice(2);

const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${String(backendPort)}`,
  agent: new Agent({ keepAlive: true, maxSockets: 128 }),
  xfwd: true,
});
proxy.on('error', (_fault, _request, response) => {
  if ('writeHead' in response) response.writeHead(502);
  response.end();
});

const log = createWriteStream('/dev/null');

function serve(request: IncomingMessage, response: ServerResponse): void {
  const startedMs = performance.now();
  response.once('finish', () => {
    const entry = {
      time: new Date().toISOString(),
      method: request.method,
      path: request.url,
      status: response.statusCode,
      ms: performance.now() - startedMs,
    };
    log.write(`${JSON.stringify(entry)}\n`);
  });
  proxy.web(request, response);
}

const server =
  certificateFile === undefined || keyFile === undefined
    ? createServer(serve)
    : createTlsServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile), minVersion: 'TLSv1.3' }, serve);
server.listen(Number(listenPort), '127.0.0.1', 4096);
