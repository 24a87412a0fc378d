// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROXY_CORE, startChild } from '../processes/child.ts';
import { findCommand, requireCommand } from '../processes/find-command.ts';
import { routePrefix } from '../load/route-paths.ts';
import { isHttp2, type Peer, type PeerSetup, type Protocol, type TlsFiles, type TokenSetup } from './peer.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

const JWT_FILTER = 'envoy.filters.http.jwt_authn';

export const envoy: Peer = {
  name: 'envoy',
  findMissing: () => (findCommand('envoy') === undefined ? 'envoy is not on PATH' : undefined),
  start(setup) {
    // JSON is YAML; Envoy takes both and a generator cannot get the indentation wrong.
    const configFile = join(setup.directory, 'envoy.json');
    writeFileSync(configFile, JSON.stringify({ static_resources: staticResources(setup) }));
    return startChild({
      command: requireCommand('envoy'),
      args: ['-c', configFile, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'],
      core: PROXY_CORE,
      logFile: join(setup.directory, 'envoy.log'),
    });
  },
};

function staticResources(setup: PeerSetup): unknown {
  const { listenPort, backendPort, tls, protocol, isBackendHttp2 } = setup;
  return {
    listeners: [
      {
        address: socketAddress(listenPort),
        filter_chains: [
          {
            filters: [
              protocol === 'tcp'
                ? TCP_PROXY
                : { name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(setup) },
            ],
            ...(tls === undefined ? {} : { transport_socket: transportSocket(tls, protocol) }),
          },
        ],
      },
    ],
    clusters: [
      {
        name: 'backend',
        type: 'STATIC',
        connect_timeout: '5s',
        ...(isBackendHttp2 ? { typed_extension_protocol_options: HTTP2_TO_BACKEND } : {}),
        load_assignment: {
          cluster_name: 'backend',
          endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(backendPort) } }] }],
        },
      },
    ],
  };
}

const HTTP2_TO_BACKEND = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': `${EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: {} },
  },
};

const TCP_PROXY = {
  name: 'envoy.filters.network.tcp_proxy',
  typed_config: {
    '@type': `${EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy`,
    stat_prefix: 'edge',
    cluster: 'backend',
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path: '/dev/null' },
      },
    ],
  },
};

function connectionManager({ routeCount, protocol, tokens }: PeerSetup): unknown {
  // Streams and WebSockets outlive the 15 s that Envoy gives an answer.
  const lasts = protocol === 'grpc' || protocol === 'websocket';
  const routes = Array.from({ length: routeCount }, (_, index) => ({
    match: { path_separated_prefix: routePrefix(index, protocol) },
    route: { cluster: 'backend', ...(lasts ? { timeout: '0s' } : {}) },
  }));
  return {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'edge',
    codec_type: isHttp2(protocol) ? 'HTTP2' : 'HTTP1',
    ...(protocol === 'websocket' ? { upgrade_configs: [{ upgrade_type: 'websocket' }] } : {}),
    use_remote_address: true,
    access_log: [
      {
        name: 'envoy.access_loggers.file',
        typed_config: { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path: '/dev/null' },
      },
    ],
    http_filters: [
      ...(tokens === undefined ? [] : tokenFilters(tokens)),
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } },
    ],
    route_config: { name: 'routes', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
  };
}

/** jwt_authn with its cache, and rbac on what it has found. */
function tokenFilters({ issuer, audience, subject, jwks }: TokenSetup): readonly unknown[] {
  const provider = {
    issuer,
    audiences: [audience],
    forward: true,
    payload_in_metadata: 'claims',
    local_jwks: { inline_string: jwks },
    jwt_cache_config: { jwt_cache_size: 1000 },
  };
  const path = [{ key: 'claims' }, { key: 'sub' }];
  const isSubject = { filter: JWT_FILTER, path, value: { string_match: { exact: subject } } };
  return [
    {
      name: JWT_FILTER,
      typed_config: {
        '@type': `${EXTENSIONS}.filters.http.jwt_authn.v3.JwtAuthentication`,
        providers: { issuer: provider },
        rules: [{ match: { prefix: '/' }, requires: { provider_name: 'issuer' } }],
      },
    },
    {
      name: 'envoy.filters.http.rbac',
      typed_config: {
        '@type': `${EXTENSIONS}.filters.http.rbac.v3.RBAC`,
        rules: {
          action: 'ALLOW',
          policies: { subject: { permissions: [{ any: true }], principals: [{ metadata: isSubject }] } },
        },
      },
    },
  ];
}

function transportSocket({ certificateFile, keyFile }: TlsFiles, protocol: Protocol): unknown {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': `${EXTENSIONS}.transport_sockets.tls.v3.DownstreamTlsContext`,
      common_tls_context: {
        ...(isHttp2(protocol) ? { alpn_protocols: ['h2'] } : {}),
        tls_params: { tls_minimum_protocol_version: 'TLSv1_3' },
        tls_certificates: [{ certificate_chain: { filename: certificateFile }, private_key: { filename: keyFile } }],
      },
    },
  };
}

function socketAddress(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
