// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { ClientCertificate } from '@weir/base';
import type { ClientValidation, Port } from '@weir/policy/snapshot';
import { createTestAuthority } from '@weir/testing';
import type { TestAuthority } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateStore } from './certificate-store.ts';
import { TlsAcceptor } from './tls-acceptor.ts';
import { verifiedCertificateOf } from './verified-certificate.ts';

let servers: TestAuthority;
let ours: TestAuthority;
let theirs: TestAuthority;
const open: Server[] = [];

beforeAll(async () => {
  [servers, ours, theirs] = (await Promise.all(['servers', 'ours', 'theirs'].map(name => createTestAuthority(name)))) as [
    TestAuthority,
    TestAuthority,
    TestAuthority,
  ];
});

afterAll(() => {
  for (const server of open) server.close();
});

interface Listening {
  readonly port: number;
  /** What the listener found of each connection, in their order. */
  readonly found: (ClientCertificate | undefined)[];
  readonly resumed: boolean[];
}

/** A listener that trusts one authority. */
async function listen(authority: TestAuthority, mode: ClientValidation['mode']): Promise<Listening> {
  const certificates = new CertificateStore();
  const { certificatePem: chainPem, keyPem } = await servers.issue('localhost');
  certificates.set({ kind: 'certificate', name: 'certificate/a', chainPem, keyPem, dnsNames: ['localhost'], notAfterMs: 0 });
  const tls = {
    mode: 'terminate',
    minVersion: 'TLSv1.2',
    ciphers: undefined,
    certificates: ['certificate/a'],
    clientValidation: { trustBundle: 'bundle', mode },
  } as const;
  const listener = { name: 'l', hostname: '*', protocol: 'HTTPS', tls, backendCertificate: undefined } as const;
  const port: Port = {
    kind: 'port',
    name: 'port/a',
    address: '127.0.0.1',
    port: 0,
    protocol: 'TLS',
    proxyProtocolFrom: [],
    listeners: [listener],
  };
  const listening = { port: 0, found: [] as (ClientCertificate | undefined)[], resumed: [] as boolean[] };
  const acceptor = new TlsAcceptor(port, {
    certificates,
    clientAuthoritiesPem: authority.certificatePem,
    handshakeTimeoutMs: 10_000,
    ticketKeysHex: '07'.repeat(48),
    onSecure(socket) {
      listening.found.push(verifiedCertificateOf(socket));
      listening.resumed.push(socket.isSessionReused());
      socket.on('error', () => undefined);
      socket.end('hello');
    },
    onHandshakeFailed: () => undefined,
  });
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    acceptor.accept(socket);
  });
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { ...listening, port: (server.address() as AddressInfo).port };
}

/** One connection to its end; what the client can resume it with. */
async function visit({ port }: Listening, options: ConnectionOptions): Promise<Buffer | undefined> {
  const sessions: Buffer[] = [];
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: servers.certificatePem, ...options });
  socket.on('session', session => sessions.push(session));
  socket.resume();
  await once(socket, 'close');
  return sessions.at(-1);
}

async function credentialOf(authority: TestAuthority): Promise<ConnectionOptions> {
  const { certificatePem, keyPem } = await authority.issue('Agent.example', 'spiffe://example/agent', 'Ann@Example.com');
  return { cert: certificatePem, key: keyPem };
}

const NAMES: ClientCertificate = {
  dnsNames: ['agent.example'],
  uris: ['spiffe://example/agent'],
  emails: ['Ann@example.com'],
};

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s the certificate of a client', version => {
  const only: ConnectionOptions = { minVersion: version, maxVersion: version };

  it.each(['require', 'insecureFallback'] as const)('has its names where the authorities vouch for it, mode %s', async mode => {
    const at = await listen(ours, mode);
    const session = await visit(at, { ...only, ...(await credentialOf(ours)) });
    await visit(at, { ...only, ...(await credentialOf(ours)), session });
    expect(at).toMatchObject({ found: [NAMES, NAMES], resumed: [false, true] });
  });

  it('is none where it is missing or somebody else’s, also when the session is resumed', async () => {
    const at = await listen(ours, 'insecureFallback');
    for (const credential of [{}, await credentialOf(theirs)]) {
      const session = await visit(at, { ...only, ...credential });
      await visit(at, { ...only, ...credential, session });
    }
    expect(at.found).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each(['require', 'insecureFallback'] as const)(
    'counts for nothing with a session of a listener that trusts somebody else, mode %s',
    async mode => {
      const [elsewhere, at] = [await listen(theirs, 'require'), await listen(ours, mode)];
      const credential = await credentialOf(theirs);
      const session = await visit(elsewhere, { ...only, ...credential });
      expect(elsewhere.found).toEqual([NAMES]);
      await visit(at, { ...only, ...credential, session }).catch(() => undefined);
      expect(at.found.filter(one => one !== undefined)).toEqual([]);
      expect(at.resumed).not.toContain(true);
    },
  );

  it('is asked for again by a listener that requires one, after a session of one that does not', async () => {
    const [lax, strict] = [await listen(ours, 'insecureFallback'), await listen(ours, 'require')];
    const session = await visit(lax, only);
    await visit(strict, { ...only, session }).catch(() => undefined);
    expect([lax.found, strict.found]).toEqual([[undefined], []]);
  });
});
