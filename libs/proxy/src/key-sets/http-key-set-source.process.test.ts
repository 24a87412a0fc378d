// SPDX-License-Identifier: Apache-2.0
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import {
  Child,
  createManualClock,
  createScriptedRandom,
  createTestAuthority,
  createTestClaims,
  createTestProvider,
  createTestSigner,
  waitFor,
} from '@weir/testing';
import type { ManualClock, TestSigner } from '@weir/testing';
import { createJwtVerifier, createKeySetCache } from '@weir/filters/jwt';
import type { JwtVerifier } from '@weir/filters/jwt';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpKeySetSource } from './http-key-set-source.ts';
import type { HttpKeySetSource, HttpKeySetSourceOptions } from './http-key-set-source.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const OPTIONS: HttpKeySetSourceOptions = { authoritiesPem: undefined, nameServers: undefined };
/** Long for a connection on loopback, and short for who waits for the test. */
const SOON_MS = 500;

function sourceOf(options: Partial<HttpKeySetSourceOptions> = {}): HttpKeySetSource {
  const source = createHttpKeySetSource({ ...OPTIONS, ...options });
  closing.push(() => source.close());
  return source;
}

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that does as it is told once a request has come. */
function startRaw(act: (socket: Socket) => void): Promise<number> {
  return portOf(createServer(socket => void socket.once('data', () => act(socket))));
}

function answer(body: string | Buffer, { status = '200 OK', fields = '' } = {}): (socket: Socket) => void {
  const length = Buffer.byteLength(body);
  return socket => {
    socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\n${fields}\r\n`);
    socket.end(body);
  };
}

function fetchFrom(port: number, signal: AbortSignal = AbortSignal.timeout(30_000)): Promise<string> {
  return sourceOf().fetchKeySet(`http://127.0.0.1:${port}/jwks`, signal);
}

describe('a key set comes', () => {
  it('over http from loopback', async () => {
    expect(await fetchFrom(await startRaw(answer('{"keys":[]}')))).toBe('{"keys":[]}');
  });

  it('in pieces', async () => {
    const pieces = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
    const port = await startRaw(socket => {
      for (const byte of pieces) socket.write(byte);
    });
    expect(await fetchFrom(port)).toBe('abcde');
  });

  it('over https from a server whose certificate an authority vouches for, by its name', async () => {
    const authority = await createTestAuthority();
    const { certificatePem, keyPem } = await authority.issue('localhost');
    const server = createTlsServer({ cert: certificatePem, key: keyPem }, (_request, response) => void response.end('keys'));
    const port = await portOf(server);
    const signal = AbortSignal.timeout(30_000);
    const trusting = sourceOf({ authoritiesPem: authority.certificatePem });
    expect(await trusting.fetchKeySet(`https://localhost:${port}/`, signal)).toBe('keys');
    await expect(sourceOf().fetchKeySet(`https://localhost:${port}/`, signal)).rejects.toThrow('unable to verify');
    await expect(trusting.fetchKeySet(`https://127.0.0.1:${port}/`, signal)).rejects.toThrow(
      "does not match certificate's altnames",
    );
  });

  it('from a name that c-ares finds', async () => {
    const port = await startRaw(answer('keys'));
    const nameServer = await startNameServer();
    const source = sourceOf({ nameServers: [nameServer] });
    expect(await source.fetchKeySet(`http://issuer.test:${port}/`, AbortSignal.timeout(30_000))).toBe('keys');
    await expect(source.fetchKeySet(`http://nobody.test:${port}/`, AbortSignal.timeout(30_000))).rejects.toThrow('ENOTFOUND');
  });
});

/** Knows that issuer.test is 127.0.0.1, and of no other name. */
async function startNameServer(): Promise<string> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  closing.push(() => socket.close());
  await once(socket, 'listening');
  socket.on('message', (query, from) => socket.send(nameAnswer(query), from.port, from.address));
  return `127.0.0.1:${socket.address().port}`;
}

/** RFC 1035 §4.1: the question again, and for an A record of the known name its address. */
function nameAnswer(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const question = query.subarray(12, end);
  const isKnown = question.includes('issuer');
  const isAddress = question.readUInt16BE(question.length - 4) === 1;
  const flags = isKnown ? 0x8180 : 0x8183;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(flags, 2);
  head.writeUInt16BE(isKnown && isAddress ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from('c00c000100010000003c00047f000001', 'hex');
  return Buffer.concat(isKnown && isAddress ? [head, question, record] : [head, question]);
}

describe('an answer is refused', () => {
  it.each<[string, (socket: Socket) => void, string]>([
    [
      'that points elsewhere',
      answer('', { status: '302 Found', fields: 'Location: https://evil.example/\r\n' }),
      'it answers 302 and points to "https://evil.example/"; redirects are not followed, write where it ends',
    ],
    ['that is not there', answer('', { status: '404 Not Found' }), 'it answers 404 instead of 200'],
    ['without content', answer('', { status: '206 Partial Content' }), 'it answers 206 instead of 200'],
    ['of a broken server', answer('', { status: '500 Oops' }), 'it answers 500'],
    ['that says that it is too long', answer('x', { fields: 'Content-Length: 1048577\r\n' }), 'Parse Error'],
    ['that is too long', answer('x'.repeat(1024 * 1024 + 1)), 'its answer is longer than 1048576 bytes'],
    [
      'that never stops',
      socket => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const write = (): void => void socket.write('x'.repeat(65_536), error => error ?? write());
        write();
      },
      'its answer is longer than 1048576 bytes',
    ],
    [
      'that is compressed',
      answer('x', { fields: 'Content-Encoding: gzip\r\n' }),
      'its answer is in gzip, which was not asked for',
    ],
    ['that is not UTF-8', answer(Buffer.from([0xff])), 'its answer is not UTF-8'],
    ['that is half there', socket => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), 'aborted'],
    ['that ends before it begins', socket => socket.end(), 'socket hang up'],
    ['that is a reset', socket => socket.resetAndDestroy(), 'ECONNRESET'],
    ['that is not HTTP', socket => socket.end('SSH-2.0-OpenSSH\r\n'), 'Parse Error'],
    [
      'that has a very large head',
      socket => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      'Header overflow',
    ],
  ])('%s', async (_what, act, message) => {
    await expect(fetchFrom(await startRaw(act))).rejects.toThrow(message);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['that does not come', () => undefined],
    ['whose body does not come', socket => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')],
    ['that comes byte by byte', socket => drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n')],
    ['after endless others', socket => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000))],
  ])('%s, when its deadline has passed, and its connection closed', async (_what, act) => {
    let closed = false;
    const port = await startRaw(socket => {
      socket.once('close', () => (closed = true));
      act(socket);
    });
    await expect(fetchFrom(port, AbortSignal.timeout(SOON_MS))).rejects.toThrow('aborted');
    await waitFor(() => closed, { what: 'the connection to be closed' });
  });

  it('of nobody, in words for each address of a name', async () => {
    const port = await startRaw(() => undefined);
    await closing.pop()?.();
    const fetching = sourceOf().fetchKeySet(`http://localhost:${port}/`, AbortSignal.timeout(30_000));
    await expect(fetching).rejects.toThrow(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it('when the source is closed, at once', async () => {
    const port = await startRaw(() => undefined);
    const source = createHttpKeySetSource(OPTIONS);
    const fetching = source.fetchKeySet(`http://127.0.0.1:${port}/`, AbortSignal.timeout(30_000));
    setImmediate(() => source.close());
    await expect(fetching).rejects.toThrow(/aborted|closing/v);
    await expect(source.fetchKeySet(`http://127.0.0.1:${port}/`, AbortSignal.timeout(30_000))).rejects.toThrow(
      'the gateway is closing',
    );
  });
});

/** One byte each few milliseconds, for as long as somebody listens. */
function drip(socket: Socket, text: string): void {
  const [first = 'x', ...rest] = text;
  socket.write(first, error => {
    if (error === null || error === undefined) setImmediate(() => drip(socket, rest.join('')));
  });
}

describe('a server that fails', () => {
  it('is left alone after three failures, whatever is asked of it, and asked again after a while', async () => {
    let act = answer('', { status: '503 Service Unavailable' });
    let count = 0;
    const port = await startRaw(socket => {
      count++;
      act(socket);
    });
    const source = sourceOf();
    const fetchKeys = (path: string): Promise<string> =>
      source.fetchKeySet(`http://127.0.0.1:${port}/${path}`, AbortSignal.timeout(30_000));
    for (const path of ['a', 'b', 'c']) await expect(fetchKeys(path)).rejects.toThrow('it answers 503');
    await expect(fetchKeys('d')).rejects.toThrow(
      `http://127.0.0.1:${port} is left alone for 5000 ms, as it failed again and again`,
    );
    expect(count).toBe(3);
    act = answer('keys');
    expect(await waitFor(() => fetchKeys('e'), { what: 'the server to be asked again' })).toBe('keys');
    expect(count).toBe(4);
  });

  it('is one that cannot be reached, and not one without this key set', async () => {
    let count = 0;
    const port = await startRaw(socket => {
      count++;
      answer('', { status: '404 Not Found' })(socket);
    });
    const source = sourceOf();
    for (let i = 0; i < 10; i++) {
      await expect(source.fetchKeySet(`http://127.0.0.1:${port}/`, AbortSignal.timeout(30_000))).rejects.toThrow('404');
    }
    expect(count).toBe(10);
  });
});

it('nothing is loaded before the first fetch', async () => {
  const file = new URL('http-key-set-source.ts', import.meta.url);
  const script = `
    import { createRequire } from 'node:module';
    const { createHttpKeySetSource } = await import(${JSON.stringify(file.href)});
    const source = createHttpKeySetSource({ authoritiesPem: undefined, nameServers: undefined });
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some(path => path.includes('/opossum/'));
    const before = loaded();
    await source.fetchKeySet('http://127.0.0.1:1/', AbortSignal.timeout(1000)).catch(() => undefined);
    console.log(JSON.stringify([before, loaded()]));`;
  await using child = new Child([process.execPath, '--input-type=module', '-e', script], { cwd: import.meta.dirname });
  expect(await child.exited, child.output).toEqual({ code: 0, signal: null });
  expect(child.stdout.trim()).toBe('[false,true]');
});

describe('tokens, with a server of keys', () => {
  const first = createTestSigner('ES256', 'first');
  const second = createTestSigner('EdDSA', 'second');

  interface Stage {
    readonly clock: ManualClock;
    readonly verifier: JwtVerifier;
    act: (socket: Socket) => void;
    verify(signer: TestSigner): Promise<unknown>;
  }

  async function start(act: (socket: Socket) => void): Promise<Stage> {
    const clock = createManualClock(1_800_000_000_000);
    const port = await startRaw(socket => stage.act(socket));
    const { fetchKeySet } = sourceOf();
    const keySets = createKeySetCache({ clock, random: createScriptedRandom(0), fetchKeySet, onFetch: () => undefined });
    const keys = { kind: 'remote', url: `http://127.0.0.1:${port}/`, refreshMs: 300_000, allowsPlaintext: false } as const;
    const verifier = createJwtVerifier(createTestProvider([first, second], { keys }), { clock, keySets });
    const verify = async (signer: TestSigner): Promise<unknown> => {
      try {
        return (await verifier.verify(signer.sign(createTestClaims(clock.wallMs())))).subject;
      } catch (error) {
        return error instanceof Error && 'code' in error ? error.code : error;
      }
    };
    const stage: Stage = { clock, verifier, act, verify };
    return stage;
  }

  const jwks = (...signers: readonly TestSigner[]): ((socket: Socket) => void) =>
    answer(JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }));

  it('are verified through a rotation of the keys', async () => {
    const stage = await start(jwks(first));
    expect(await stage.verify(first)).toBe('alice');
    stage.act = jwks(first, second);
    expect(await stage.verify(second)).toBe('unknown_key');
    stage.clock.advance(10_000);
    expect([await stage.verify(second), await stage.verify(first)]).toEqual(['alice', 'alice']);
    stage.act = jwks(second);
    stage.clock.advance(300_000);
    await waitFor(async () => (await stage.verify(first)) === 'unknown_key', { what: 'the first key to be withdrawn' });
    expect(await stage.verify(second)).toBe('alice');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['is down', socket => socket.resetAndDestroy()],
    ['lies', answer('{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}')],
    ['has a page of another kind', answer('<html>Sign in</html>')],
  ])('are verified with the last keys while it %s, and refused with 503 where there never were any', async (_what, act) => {
    const stage = await start(jwks(first));
    expect(await stage.verify(first)).toBe('alice');
    let count = 0;
    stage.act = socket => {
      count++;
      act(socket);
    };
    stage.clock.advance(300_000);
    await waitFor(() => count === 1, { what: 'a refresh' });
    expect(await stage.verify(first)).toBe('alice');
    const without = await start(act);
    expect([await without.verify(first), await without.verify(first)]).toEqual(['keys_unavailable', 'keys_unavailable']);
  });

  it('wait for a slow one no longer than its deadline', async () => {
    const stage = await start(() => undefined);
    const waiting = [stage.verify(first), stage.verify(second)];
    stage.clock.advance(5000);
    expect(await Promise.all(waiting)).toEqual(['keys_unavailable', 'keys_unavailable']);
    stage.act = jwks(first);
    stage.clock.advance(1000);
    await waitFor(async () => (await stage.verify(first)) === 'alice', { what: 'the keys to come' });
  });
});
