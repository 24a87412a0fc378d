// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grpcMessage } from './grpc-message.ts';
import { findFreePort } from '../processes/free-port.ts';
import { LOAD_CORE, startChild } from '../processes/child.ts';
import { requireCommand } from '../processes/find-command.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';

const SMALL_BODY = '{"id":42,"name":"a small thing","price":{"amount":"12.50","currency":"EUR"},"stock":7}';
/** File of the message that answers every unary call. */
const GRPC_REPLY = 'reply.bin';
const REPLY_BYTES = 87;
const LARGE_BODY_BYTES = 1024 * 1024;
/** Path of the 1 MiB body below any route. */
export const LARGE_SUFFIX = '/large.bin';

export interface Backend extends AsyncDisposable {
  readonly port: number;
}

export interface WebBackend extends Backend {
  /** The same by HTTP/2 with prior knowledge, and unary gRPC. */
  readonly http2Port: number;
}

const ECHO_FILE = join(import.meta.dirname, 'echo-process.ts');

/** Gives back what comes: messages of gRPC streams, by HTTP/2 alone, or of WebSockets. */
export async function startEchoBackend(
  kind: 'grpc' | 'websocket',
  directory: string,
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<Backend> {
  const port = await findFreePort();
  const child = await startChild({
    command: process.execPath,
    args: [ECHO_FILE, kind, String(port), ...addresses],
    core: LOAD_CORE,
    logFile: join(directory, 'echo.log'),
  });
  await waitUntilServing(child, port);
  return { port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

/** An nginx that answers from memory: cheaper per request than any proxy in front of it, so never what limits a run. */
export async function startBackend(directory: string): Promise<WebBackend> {
  const port = await findFreePort();
  const http2Port = await findFreePort();
  const configFile = join(directory, 'backend.conf');
  writeFileSync(join(directory, 'large.bin'), Buffer.alloc(LARGE_BODY_BYTES, 'weir '));
  writeFileSync(join(directory, GRPC_REPLY), grpcMessage(REPLY_BYTES));
  writeFileSync(configFile, backendConfig(directory, port, http2Port));
  const child = await startChild({
    command: requireCommand('nginx'),
    args: ['-p', directory, '-c', configFile, '-e', 'stderr'],
    core: LOAD_CORE,
    logFile: join(directory, 'backend.log'),
  });
  await waitUntilServing(child, port);
  return { port, http2Port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

function backendConfig(directory: string, port: number, http2Port: number): string {
  return `daemon off; worker_processes 1; pid ${directory}/backend.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 300s;
  client_body_temp_path ${directory}/backend-body; proxy_temp_path ${directory}/backend-proxy;
  fastcgi_temp_path ${directory}/backend-f; uwsgi_temp_path ${directory}/backend-u; scgi_temp_path ${directory}/backend-s;
  open_file_cache max=100; open_file_cache_errors on;
  default_type application/json;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 '${SMALL_BODY}'; }
    location ~ ${LARGE_SUFFIX}$ { root ${directory}; try_files ${LARGE_SUFFIX} =404; }
  }
  server {
    listen 127.0.0.1:${http2Port} http2 backlog=4096;
    location / { return 200 '${SMALL_BODY}'; }
    location /bench. { root ${directory}/nowhere; error_page 404 =200 /${GRPC_REPLY}; }
    location = /${GRPC_REPLY} { internal; root ${directory}; default_type application/grpc; add_trailer grpc-status 0; }
  }
}
`;
}
