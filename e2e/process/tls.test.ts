// SPDX-License-Identifier: Apache-2.0
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import {
  answering,
  connectRaw,
  createTestAuthority,
  echo,
  findFreePorts,
  request,
  requestText,
  startUpstream,
  startWeir,
  waitFor,
} from '@weir/testing';
import type { TestAuthority, Upstream, Weir } from '@weir/testing';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';

let servers: TestAuthority;
let clients: TestAuthority;
let upstream: Upstream;
let weir: Weir;
let port = 0;
let mutualPort = 0;
let laxPort = 0;

const listener = (name: string, at: number, secret: string, more: Fields = {}): Fields => ({
  name,
  protocol: 'HTTPS',
  port: at,
  tls: { certificateRefs: [{ name: secret }] },
  ...more,
});

const validation = (mode: string): Fields => ({
  tls: {
    frontend: {
      default: { validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'clients' }], mode } },
    },
  },
});

beforeAll(async () => {
  [servers, clients] = await Promise.all([createTestAuthority('servers'), createTestAuthority('clients', 'rsa')]);
  upstream = await startUpstream(answering(echo('main')));
  [port = 0, mutualPort = 0, laxPort = 0] = await findFreePorts(3);
  weir = await startWeir([
    tlsSecret('a', await servers.issue('a.test')),
    tlsSecret('b', await servers.issue('*.b.test')),
    tlsSecret('local', await servers.issue('localhost')),
    configMap('clients', { 'ca.crt': clients.certificatePem }),
    gateway('edge', [listener('a', port, 'a', { hostname: 'a.test' }), listener('b', port, 'b', { hostname: '*.b.test' })]),
    gateway('mutual', [listener('all', mutualPort, 'local')], validation('AllowValidOnly')),
    gateway('lax', [listener('all', laxPort, 'local')], validation('AllowInsecureFallback')),
    ...service('main', [upstream.port]),
    route('all', [forward('/', 'main')], { parents: ['edge', 'mutual', 'lax'] }),
  ]);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

/** Names in the certificate that a server name is answered with. */
async function certificateNames(servername: string): Promise<string | undefined> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    servername,
    ca: servers.certificatePem,
    checkServerIdentity: () => undefined,
  });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subjectAltName;
  } finally {
    socket.destroy();
  }
}

const strict = (servername: string, more: ConnectionOptions = {}): ConnectionOptions => ({
  servername,
  ca: servers.certificatePem,
  ...more,
});

/** A line of the access log with these fields. */
async function leavesLine(fields: Fields): Promise<void> {
  const isIt = (record: Fields) => Object.entries(fields).every(([name, value]) => record[name] === value);
  await waitFor(() => weir.accessLog.some(isIt), { what: () => `${JSON.stringify(fields)}\n${weir.child.stdout.slice(-2000)}` });
}

describe('certificates by server name', () => {
  it.each([
    ['a.test', 'DNS:a.test'],
    ['A.TEST', 'DNS:a.test'],
    ['x.b.test', 'DNS:*.b.test'],
  ])('has the right one for %s', async (servername, names) => {
    expect(await certificateNames(servername)).toBe(names);
  });

  it('serves a client that verifies', async () => {
    const response = await request({ port, tls: strict('a.test') }, '/', { host: 'a.test' });

    expect(response.json()).toMatchObject({ backend: 'main', headers: { 'x-forwarded-proto': 'https' } });
  });

  it('answers 421 to a request for a host of another listener on the same connection', async () => {
    await using client = await connectRaw({ port, tls: strict('a.test') });

    const wrong = await client.exchange(requestText('/', { host: 'x.b.test' }));

    expect(wrong.status).toBe(421);
  });

  it('speaks no TLS older than 1.2', async () => {
    const old = { servername: 'a.test', rejectUnauthorized: false, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' } as const;

    await expect(connectRaw({ port, tls: { ...old, ciphers: 'DEFAULT@SECLEVEL=0' } })).rejects.toThrow();
  });

  it('answers plain HTTP on a TLS port with nothing, and stays', async () => {
    await using client = await connectRaw({ port });
    await client.send(requestText('/'));

    const { bytes } = await client.readUntilClose();

    expect(bytes.toString('latin1')).not.toContain('200');
    expect((await request({ port, tls: strict('a.test') }, '/', { host: 'a.test' })).status).toBe(200);
    await leavesLine({ client_port: client.socket.localPort, fault: 'tls_handshake_failed', fault_detail: 'http request' });
  });

  it('refuses a server name that nobody has, and says so in the log', async () => {
    await expect(connectRaw({ port, tls: strict('c.test') })).rejects.toThrow();
    const detail = 'no listener has a certificate for the server name c.test';
    await leavesLine({ client: '127.0.0.1', fault: 'route_not_found', fault_detail: detail });
  });
});

describe('client certificates', () => {
  /** With TLS 1.3 a refusal comes after the client's side of the handshake: with the first read. */
  async function ask(at: number, more: ConnectionOptions = {}): Promise<number> {
    return (await request({ port: at, tls: strict('localhost', more) }, '/')).status;
  }

  const credentials = async (authority: TestAuthority): Promise<ConnectionOptions> => {
    const { certificatePem, keyPem } = await authority.issue('somebody');
    return { cert: certificatePem, key: keyPem };
  };

  it('admits one of the right authority', async () => {
    expect(await ask(mutualPort, await credentials(clients))).toBe(200);
  });

  it('refuses one of another authority', async () => {
    await expect(ask(mutualPort, await credentials(servers))).rejects.toThrow();
  });

  it('refuses a client without one', async () => {
    await expect(ask(mutualPort)).rejects.toThrow();
    await leavesLine({ fault: 'tls_handshake_failed', fault_detail: 'peer did not return a certificate' });
  });

  it('is only asked for where the fallback is allowed', async () => {
    expect(await ask(laxPort)).toBe(200);
    expect(await ask(laxPort, await credentials(servers))).toBe(200);
    // Named as the authority that is trusted, so that a signature is verified, and fails.
    const impostor = await credentials(await createTestAuthority('clients', 'rsa'));
    for (let connection = 0; connection < 10; connection++) expect(await ask(laxPort, impostor)).toBe(200);
  });
});
