// SPDX-License-Identifier: Apache-2.0
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROXY_CORE, startChild } from '../processes/child.ts';
import { findCommand, requireCommand } from '../processes/find-command.ts';
import { routePrefix } from '../load/route-paths.ts';
import { isHttp2, type Peer, type PeerSetup } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx',
  findMissing: () => (findCommand('nginx') === undefined ? 'nginx is not on PATH' : undefined),
  start(setup) {
    const configFile = join(setup.directory, 'nginx.conf');
    writeFileSync(configFile, setup.protocol === 'tcp' ? nginxStreamConfig(setup) : nginxConfig(setup));
    return startChild({
      command: requireCommand('nginx'),
      args: ['-p', setup.directory, '-c', configFile, '-e', 'stderr'],
      core: PROXY_CORE,
      logFile: join(setup.directory, 'nginx.log'),
    });
  },
};

/** Where Debian's and nginx.org's packages put it; a build with the module inside needs no file. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

function nginxStreamConfig({ directory, listenPort, backendPort }: PeerSetup): string {
  return `${existsSync(STREAM_MODULE) ? `load_module ${STREAM_MODULE};` : ''}
daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
stream {
  log_format line '$remote_addr $time_iso8601 $bytes_sent $bytes_received $session_time';
  access_log /dev/null line;
  server { listen 127.0.0.1:${listenPort} backlog=4096; proxy_pass 127.0.0.1:${backendPort}; }
}
`;
}

function nginxConfig({ directory, listenPort, backendPort, routeCount, tls, protocol }: PeerSetup): string {
  const pass = protocol === 'grpc' ? 'grpc_pass grpc://backend' : 'proxy_pass http://backend';
  const locations = Array.from({ length: routeCount }, (_, i) => `    location ${routePrefix(i, protocol)} { ${pass}; }`);
  const switches = protocol === 'websocket';
  const certificate =
    tls === undefined
      ? ''
      : `ssl_certificate ${tls.certificateFile}; ssl_certificate_key ${tls.keyFile}; ssl_protocols TLSv1.3; ssl_session_cache shared:s:10m;`;
  return `daemon off; worker_processes 1; pid ${directory}/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log /dev/null combined;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
  keepalive_requests 1000000000; tcp_nodelay on;
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${listenPort} ${tls === undefined ? '' : 'ssl'} ${isHttp2(protocol) ? 'http2' : ''} backlog=4096;
    ${certificate}
    proxy_http_version 1.1;
    proxy_set_header Connection ${switches ? 'upgrade; proxy_set_header Upgrade $http_upgrade' : '""'};
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Request-Id $request_id;
${locations.join('\n')}
  }
}
`;
}
