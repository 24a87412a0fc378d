// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer as createHttp2, connect as connectHttp2 } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, Server, TLSSocket, TlsOptions } from 'node:tls';
import { createSystemRandom, systemClock } from '@weir/base';
import { createManualClock } from '@weir/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openAuthority } from '../authority/open-authority.ts';
import type { Authority } from '../authority/authority.ts';
import { CART, DAY_MS, STOCK, TRUST_DOMAIN, leafOf, makeCertificate } from '../identity-lab.ts';
import { Credential } from '../keeper/credential.ts';
import { createMemorySecrets } from '../secrets/secret-store.ts';
import type { Refusal } from '../verify/refusal.ts';
import type { Trusted } from '../verify/check-leaf.ts';
import { PEER_GROUPS } from './groups.ts';
import { PeerRefused, peerClientOptions } from './peer-client-options.ts';
import { peerOf } from './peer-of.ts';
import { createPeerContext, peerTlsOptions } from './peer-tls-options.ts';

function authorityAt(wallMs: number, trustDomain = TRUST_DOMAIN): Promise<Authority> {
  const clock = createManualClock(wallMs);
  return openAuthority({ secrets: createMemorySecrets(), clock, random: createSystemRandom(), trustDomain });
}

const NOW_MS = systemClock.wallMs();
const authority = await authorityAt(NOW_MS);
const bundle = authority.bundle();
const [cart, stock] = [await leafOf(authority, CART), await leafOf(authority, STOCK)];

/** Who should be refused, as they could come about: by the same root where that makes the difference. */
const IMPOSTORS: Readonly<Record<string, { readonly credential: Credential; readonly code: Refusal['code'] }>> = {
  'self-signed': { credential: await selfSigned(), code: 'self-signed' },
  'of another authority with the same names': {
    credential: await leafOf(await authorityAt(NOW_MS), CART),
    code: 'other-authority',
  },
  'of another trust domain': {
    credential: await leafOf(await authorityAt(NOW_MS, 'other.example'), { ...CART, trustDomain: 'other.example' }),
    code: 'other-authority',
  },
};
const expiring = await authorityAt(NOW_MS - 2 * DAY_MS);
const early = await authorityAt(NOW_MS + DAY_MS);

async function selfSigned(): Promise<Credential> {
  const made = await makeCertificate({ notBeforeMs: NOW_MS - DAY_MS, notAfterMs: NOW_MS + DAY_MS });
  return new Credential(made.certificatePem, made.keyPem);
}

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) server.close();
});

interface TestServer {
  readonly port: number;
  /** Who came in, in their order; whoever is refused is cut off. */
  readonly peers: (Refusal | Trusted)[];
  readonly protocols: (string | null)[];
}

/** Says who came, as a proxy does that logs refusals; echoes to those that are believed. */
async function startServer(options: TlsOptions): Promise<TestServer> {
  const server = createServer({ ...options, rejectUnauthorized: false });
  const peers: TestServer['peers'] = [];
  const protocols: TestServer['protocols'] = [];
  server.on('secureConnection', socket => {
    socket.on('error', () => undefined);
    const peer = peerOf(socket, { trustDomain: TRUST_DOMAIN });
    peers.push(peer);
    protocols.push(socket.getProtocol());
    if (peer.isTrusted) socket.pipe(socket);
    else socket.destroy();
  });
  return { port: await listen(server), peers, protocols };
}

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Outcome {
  readonly echoed: string;
  readonly error: Error | undefined;
  readonly isResumed: boolean;
  readonly socket: TLSSocket;
}

/** Sends a word, and tells what came of it. */
async function talk(options: ConnectionOptions, expectSession?: (session: Buffer) => void): Promise<Outcome> {
  const socket = connect({ host: '127.0.0.1', ...options });
  let echoed = '';
  let error: Error | undefined;
  let isResumed = false;
  socket.on('secureConnect', () => {
    isResumed = socket.isSessionReused();
    socket.end('hello');
  });
  socket.on('data', data => (echoed += data.toString()));
  socket.on('error', reason => (error = reason));
  if (expectSession !== undefined) socket.on('session', expectSession);
  await once(socket, 'close').catch(() => undefined);
  return { echoed, error, isResumed, socket };
}

/** Whether connections were resumed with what the first one left. */
async function resumptions(options: TlsOptions): Promise<readonly boolean[]> {
  const { port } = await startServer(options);
  const sessions: Buffer[] = [];
  await talk({ port, ...clientOf(stock) }, session => sessions.push(session));
  expect(sessions.length).toBeGreaterThan(0);
  const found: boolean[] = [];
  for (const session of sessions) {
    const { echoed, isResumed } = await talk({ port, ...clientOf(stock), session });
    expect(echoed).toBe('hello');
    found.push(isResumed);
  }
  return found;
}

const clientOf = (credential: Credential, expected = CART): ConnectionOptions =>
  peerClientOptions(createPeerContext(credential, bundle), { trustDomain: TRUST_DOMAIN, expected });

describe('two peers', () => {
  it('know each other, over TLS 1.3', async () => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    const { echoed, socket } = await talk({ port: server.port, ...clientOf(stock) });
    expect(echoed).toBe('hello');
    expect(server.peers).toEqual([{ isTrusted: true, id: STOCK, notAfterMs: stock.notAfterMs }]);
    expect(server.protocols).toEqual(['TLSv1.3']);
    expect(socket.authorized).toBe(true);
  });

  it('agree on a key that a quantum computer does not find, where the runtime has it', async () => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    const socket = connect({ host: '127.0.0.1', port: server.port, ...clientOf(stock) });
    await once(socket, 'secureConnect');
    const group: unknown = Reflect.get(socket.getEphemeralKeyInfo() ?? {}, 'name');
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
    expect(group).toBe(PEER_GROUPS.split(':')[0]);
  });

  it.each(['X25519', 'prime256v1'])('fall back to %s with one that has nothing else', async ecdhCurve => {
    const server = await startServer({ ...peerTlsOptions(cart, bundle), ecdhCurve });
    expect((await talk({ port: server.port, ...clientOf(stock) })).echoed).toBe('hello');
  });

  it('make a new handshake for each connection, whatever the client kept of the last one', async () => {
    expect(await resumptions(peerTlsOptions(cart, bundle))).not.toContain(true);
    // The same without the option: the test would see it.
    expect(await resumptions({ ...peerTlsOptions(cart, bundle), secureOptions: 0 })).toContain(true);
  });

  it('go on with leaves of two roots while these change', async () => {
    const rotating = await authorityAt(NOW_MS);
    const old = await leafOf(rotating, STOCK);
    await rotating.begin();
    await rotating.advance({ acked: rotating.bundle().version });
    const fresh = await leafOf(rotating, CART);
    const server = await startServer(peerTlsOptions(fresh, rotating.bundle()));
    const context = createPeerContext(old, rotating.bundle());
    const { echoed } = await talk({
      port: server.port,
      ...peerClientOptions(context, { trustDomain: TRUST_DOMAIN, expected: CART }),
    });
    expect(echoed).toBe('hello');
  });

  it('speak HTTP/2 with the same options', async () => {
    const { createSecureServer } = await import('node:http2');
    const server = createSecureServer(peerTlsOptions(cart, bundle), (_request, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const session = connectHttp2(`https://127.0.0.1:${port}`, clientOf(stock));
    const stream = session.request({ ':path': '/' }).setEncoding('utf8');
    let body = '';
    for await (const chunk of stream) body += String(chunk);
    session.close();
    server.close();
    expect(body).toBe('hello');
  });
});

describe('a server refuses', () => {
  it.each(Object.entries(IMPOSTORS))('a client that is %s', async (_what, { credential, code }) => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    expect((await talk({ port: server.port, ...clientOf(credential) })).echoed).toBe('');
    expect(server.peers).toMatchObject([{ isTrusted: false, code }]);
  });

  it('a client that has expired, and one that is not valid yet', async () => {
    for (const [other, code] of [
      [expiring, 'expired'],
      [early, 'not-yet-valid'],
    ] as const) {
      const server = await startServer(peerTlsOptions(cart, other.bundle()));
      expect((await talk({ port: server.port, ...clientOf(await leafOf(other, STOCK)) })).echoed).toBe('');
      expect(server.peers).toMatchObject([{ isTrusted: false, code }]);
    }
  });

  it('a client of a trust domain that its own root vouches for', async () => {
    const other = await authorityAt(NOW_MS, 'other.example');
    const server = await startServer(peerTlsOptions(cart, other.bundle()));
    const impostor = await leafOf(other, { ...CART, trustDomain: 'other.example' });
    expect((await talk({ port: server.port, ...clientOf(impostor) })).echoed).toBe('');
    expect(server.peers).toMatchObject([{ isTrusted: false, code: 'other-trust-domain' }]);
  });

  it('a client without a certificate', async () => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    await talk({ port: server.port, ca: bundle.rootsPem, checkServerIdentity: () => undefined });
    expect(server.peers).toMatchObject([{ isTrusted: false, code: 'no-certificate' }]);
  });

  it('by itself, where the words are not asked for', async () => {
    const server = createServer(peerTlsOptions(cart, bundle));
    const accepted: TLSSocket[] = [];
    server.on('secureConnection', socket => accepted.push(socket));
    const port = await listen(server);
    for (const { credential } of Object.values(IMPOSTORS)) {
      expect((await talk({ port, ...clientOf(credential) })).echoed).toBe('');
    }
    expect(accepted).toEqual([]);
  });

  it('TLS 1.2', async () => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    const { error } = await talk({
      port: server.port,
      ca: bundle.rootsPem,
      cert: stock.chainPem,
      key: stock.exposeKeyPem(),
      maxVersion: 'TLSv1.2',
    });
    expect(error?.message).toContain('protocol version');
    expect(server.peers).toEqual([]);
  });

  it('plaintext', async () => {
    const server = await startServer(peerTlsOptions(cart, bundle));
    const socket = connectPlain(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    let answered = '';
    socket.on('data', data => (answered += data.toString('latin1')));
    socket.write('GET / HTTP/1.1\r\nHost: cart\r\n\r\n');
    await once(socket, 'close');
    expect(answered).not.toContain('HTTP');
    expect(server.peers).toEqual([]);
  });
});

describe('a client sends nothing to', () => {
  const refusalIn = (error: Error | undefined): Refusal | undefined => (error instanceof PeerRefused ? error.refusal : undefined);

  async function talkTo(credential: Credential, client = clientOf(stock)): Promise<Outcome & { received: string }> {
    const server = createServer({ ...peerTlsOptions(credential, bundle), rejectUnauthorized: false });
    let received = '';
    server.on('secureConnection', socket => {
      socket.on('error', () => undefined);
      socket.on('data', data => (received += data.toString()));
    });
    const outcome = await talk({ port: await listen(server), ...client });
    return { ...outcome, received };
  }

  it('somebody else than was asked for', async () => {
    const { error, received } = await talkTo(cart, clientOf(stock, { ...CART, name: 'payments' }));
    expect(refusalIn(error)).toMatchObject({ code: 'wrong-identity' });
    expect(received).toBe('');
  });

  it.each([
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of another authority with the same names', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ['of another trust domain', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
  ])('a server that is %s', async (what, code) => {
    const { error, received } = await talkTo(IMPOSTORS[what]!.credential);
    expect(error).toMatchObject({ code });
    expect(received).toBe('');
  });

  it('a server that has expired', async () => {
    const context = createPeerContext(stock, expiring.bundle());
    const { error, received } = await talkTo(
      await leafOf(expiring, CART),
      peerClientOptions(context, { trustDomain: TRUST_DOMAIN, expected: CART }),
    );
    expect(error).toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    expect(received).toBe('');
  });

  it('a server of another trust domain that its own root vouches for', async () => {
    const other = await authorityAt(NOW_MS, 'other.example');
    const context = createPeerContext(stock, other.bundle());
    const impostor = await leafOf(other, { ...CART, trustDomain: 'other.example' });
    const { error, received } = await talkTo(impostor, peerClientOptions(context, { trustDomain: TRUST_DOMAIN, expected: CART }));
    expect(refusalIn(error)).toMatchObject({ code: 'other-trust-domain' });
    expect(received).toBe('');
  });

  it('a server that speaks plaintext', async () => {
    const server = createHttp2();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { error, echoed } = await talk({ port, ...clientOf(stock) });
    server.close();
    expect([error instanceof Error, echoed]).toEqual([true, '']);
  });
});
