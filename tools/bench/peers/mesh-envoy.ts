// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROXY_CORE, startChild } from '../processes/child.ts';
import { findCommand, requireCommand } from '../processes/find-command.ts';
import { findFreePort } from '../processes/free-port.ts';
import { waitUntilServing } from '../processes/wait-until-serving.ts';
import { pairCommand } from './mesh-pair.ts';
import type { Peer } from './peer.ts';

const EXTENSIONS = 'type.googleapis.com/envoy.extensions';

/** Two Envoys with mutual TLS between them: TLS 1.3, the server's exact identity verified, as a mesh would set them up by hand. */
export const envoyMesh: Peer = {
  name: 'envoy',
  findMissing: () => (findCommand('envoy') === undefined ? 'envoy is not on PATH' : undefined),
  async start({ directory, listenPort, backendPort }) {
    const inboundPort = await findFreePort();
    makeIdentities(directory);
    const tlsOf = (name: string, matches: readonly string[]): unknown => commonTls(directory, name, matches);
    const inbound = proxyConfig(
      { name: 'inbound', listenPort: inboundPort, upstreamPort: backendPort },
      {
        downstream: {
          '@type': `${EXTENSIONS}.transport_sockets.tls.v3.DownstreamTlsContext`,
          require_client_certificate: true,
          common_tls_context: tlsOf('server', []),
        },
      },
    );
    const outbound = proxyConfig(
      { name: 'outbound', listenPort, upstreamPort: inboundPort },
      {
        upstream: {
          '@type': `${EXTENSIONS}.transport_sockets.tls.v3.UpstreamTlsContext`,
          sni: 'server.bench',
          max_session_keys: 0,
          common_tls_context: tlsOf('caller', [uriOf('server')]),
        },
      },
    );
    const envoy = requireCommand('envoy');
    const commands = [inbound, outbound].map((config, index) => {
      const file = join(directory, `envoy-${index}.json`);
      writeFileSync(file, JSON.stringify(config));
      return `${envoy} -c ${file} --concurrency 1 --disable-hot-restart --log-level error`;
    });
    const pair = await startChild({
      command: 'sh',
      args: ['-c', pairCommand(commands[0] ?? '', commands[1] ?? '')],
      core: PROXY_CORE,
      logFile: join(directory, 'envoy.log'),
    });
    await waitUntilServing(pair, inboundPort);
    return pair;
  },
};

interface Hop {
  readonly name: string;
  readonly listenPort: number;
  readonly upstreamPort: number;
}

interface TlsContexts {
  readonly downstream?: unknown;
  readonly upstream?: unknown;
}

function proxyConfig({ name, listenPort, upstreamPort }: Hop, { downstream, upstream }: TlsContexts): unknown {
  const socket = (config: unknown): unknown => ({ name: 'envoy.transport_sockets.tls', typed_config: config });
  const at = (port: number): unknown => ({ socket_address: { address: '127.0.0.1', port_value: port } });
  const chain = {
    filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(name) }],
    ...(downstream === undefined ? {} : { transport_socket: socket(downstream) }),
  };
  const endpoint = { endpoint: { address: at(upstreamPort) } };
  const cluster = {
    name: 'next',
    type: 'STATIC',
    connect_timeout: '5s',
    ...(upstream === undefined ? {} : { transport_socket: socket(upstream) }),
    load_assignment: { cluster_name: 'next', endpoints: [{ lb_endpoints: [endpoint] }] },
  };
  return { static_resources: { listeners: [{ address: at(listenPort), filter_chains: [chain] }], clusters: [cluster] } };
}

function connectionManager(name: string): unknown {
  const log = { '@type': `${EXTENSIONS}.access_loggers.file.v3.FileAccessLog`, path: '/dev/null' };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'next' } }];
  return {
    '@type': `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    codec_type: 'HTTP1',
    access_log: [{ name: 'envoy.access_loggers.file', typed_config: log }],
    http_filters: [
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${EXTENSIONS}.filters.http.router.v3.Router` } },
    ],
    route_config: { name: 'routes', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
  };
}

function commonTls(directory: string, name: string, uris: readonly string[]): unknown {
  const file = (suffix: string): unknown => ({ filename: join(directory, `${name}.${suffix}`) });
  const matchers = uris.map(exact => ({ san_type: 'URI', matcher: { exact } }));
  return {
    // As a client it goes up to 1.2 unless told otherwise.
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    tls_certificates: [{ certificate_chain: file('pem'), private_key: file('key') }],
    validation_context: {
      trusted_ca: { filename: join(directory, 'root.pem') },
      ...(matchers.length === 0 ? {} : { match_typed_subject_alt_names: matchers }),
    },
  };
}

function uriOf(name: string): string {
  return `spiffe://bench.example/ns/bench/sa/${name}`;
}

/** A root and two leaves, ECDSA P-256 as Weir's. */
function makeIdentities(directory: string): void {
  const openssl = (...args: readonly string[]): void => {
    execFileSync(requireCommand('openssl'), ['req', '-x509', '-days', '7', ...KEY, ...args], { cwd: directory, stdio: 'pipe' });
  };
  openssl('-keyout', 'root.key', '-subj', '/CN=bench root', '-out', 'root.pem');
  for (const name of ['server', 'caller']) {
    const names = [
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=URI:${uriOf(name)}`,
      '-addext',
      'basicConstraints=CA:FALSE',
    ];
    openssl('-CA', 'root.pem', '-CAkey', 'root.key', '-keyout', `${name}.key`, ...names, '-out', `${name}.pem`);
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
