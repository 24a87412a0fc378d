// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROXY_CORE, startChild } from '../processes/child.ts';
import { findCommand, requireCommand } from '../processes/find-command.ts';
import { routePrefix } from '../load/route-paths.ts';
import { isHttp2, type Peer, type PeerSetup, type Protocol, type TlsFiles } from './peer.ts';

export const haproxy: Peer = {
  name: 'haproxy',
  findMissing: () => (findCommand('haproxy') === undefined ? 'haproxy is not on PATH' : undefined),
  start(setup) {
    const configFile = join(setup.directory, 'haproxy.cfg');
    writeFileSync(join(setup.directory, 'routes.map'), routeMap(setup));
    writeFileSync(configFile, haproxyConfig(setup));
    return startChild({
      command: requireCommand('haproxy'),
      args: ['-db', '-f', configFile],
      core: PROXY_CORE,
      logFile: join(setup.directory, 'haproxy.log'),
    });
  },
};

function routeMap({ routeCount, protocol }: PeerSetup): string {
  return Array.from({ length: routeCount }, (_, index) => `${routePrefix(index, protocol)}/ backend\n`).join('');
}

/** Standard output is thrown away by startChild: that is where the log goes. */
function haproxyConfig(setup: PeerSetup): string {
  const { directory, listenPort, backendPort, tls, protocol, isBackendHttp2 } = setup;
  if (protocol === 'tcp') return tcpConfig(setup);
  return `global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend edge
  bind 127.0.0.1:${listenPort} backlog 4096 ${bindOptions(tls, protocol)}
  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto ${tls === undefined ? 'http' : 'https'}
  use_backend %[path,map_beg(${directory}/routes.map)]
backend backend
  http-reuse always
  server one 127.0.0.1:${backendPort} pool-max-conn 128 ${isBackendHttp2 ? 'proto h2' : ''}
`;
}

function bindOptions(tls: TlsFiles | undefined, protocol: Protocol): string {
  if (tls === undefined) return isHttp2(protocol) ? 'proto h2' : '';
  return `ssl crt ${tls.combinedFile} alpn ${isHttp2(protocol) ? 'h2' : 'http/1.1'} ssl-min-ver TLSv1.3`;
}

function tcpConfig({ listenPort, backendPort }: PeerSetup): string {
  return `global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
listen edge
  mode tcp
  log global
  option tcplog
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  bind 127.0.0.1:${listenPort} backlog 4096
  server one 127.0.0.1:${backendPort}
`;
}
