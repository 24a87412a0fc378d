// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  answering,
  connectRaw,
  createTempDirectory,
  createTestAuthority,
  echo,
  findFreePorts,
  Http2Client,
  requestText,
  startLoad,
  startUpstream,
  startWeir,
  waitFor,
  writeDocument,
} from '@weir/testing';
import type { ClientOptions, TempDirectory, TestAuthority, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing, shell } from './stage/commands.ts';
import { forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { liveEverywhere } from './stage/live-everywhere.ts';

const CHANGE_COUNT = 10;

let authority: TestAuthority;
let files: TempDirectory;
let upstream: Upstream;
let weir: Weir;
let port = 0;
/** Requests that wait for their answer. */
const held: (() => void)[] = [];

function listener(name: string): Fields {
  return { name, protocol: 'HTTPS', port, hostname: `${name}.test`, tls: { certificateRefs: [{ name }] } };
}

beforeAll(async () => {
  authority = await createTestAuthority();
  upstream = await startUpstream(
    answering(async (request, connection) => {
      if (request.target === '/held') await new Promise<void>(resolve => void held.push(resolve));
      return echo('main')(request, connection);
    }),
  );
  [port = 0] = await findFreePorts(1);
  weir = await startWeir([
    tlsSecret('shop', await authority.issue('shop.test')),
    tlsSecret('other', await authority.issue('other.test')),
    gateway('edge', [listener('shop'), listener('other')]),
    ...service('main', [upstream.port]),
    route('all', [forward('/', 'main')]),
  ]);
  files = await createTempDirectory();
  await files.write('authority.pem', authority.certificatePem);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([upstream, files].map(each => each[Symbol.asyncDispose]()));
});

function at(servername: string): ClientOptions {
  return { port, tls: { servername, ca: authority.certificatePem } };
}

/** What a new connection is shown. */
async function shownTo(servername: string): Promise<string | undefined> {
  const socket = connectTls({ host: '127.0.0.1', port, servername, ca: authority.certificatePem });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256;
  } finally {
    socket.destroy();
  }
}

/** Edits the file of the Secret, and waits until new connections see it. */
async function renewShop(): Promise<void> {
  const pair = await authority.issue('shop.test');
  const { fingerprint256 } = new X509Certificate(pair.certificatePem);
  await writeDocument(weir.directory, tlsSecret('shop', pair));
  await liveEverywhere(weir, async () => (await shownTo('shop.test')) === fingerprint256);
  expect(await shownTo('shop.test')).toBe(fingerprint256);
}

async function hold(count: number): Promise<void> {
  await waitFor(() => held.length === count, { what: `${count} requests to wait` });
}

describe('a certificate that is changed', () => {
  it(`reaches new connections at each of ${CHANGE_COUNT} changes, and no request fails`, async () => {
    const text = requestText('/', { host: 'shop.test' });
    const kept = startLoad({ at: at('shop.test'), clientCount: 4, requestText: text });
    const short = requestText('/', { host: 'shop.test', headers: { Connection: 'close' } });
    const fresh = startLoad({ at: at('shop.test'), clientCount: 1, requestText: short });
    const other = await shownTo('other.test');

    for (let i = 0; i < CHANGE_COUNT; i++) await renewShop();

    const reports = await Promise.all([kept.stop(), fresh.stop()]);
    expect(reports.map(({ failures }) => [...failures])).toEqual([[], []]);
    expect(reports[0]).toMatchObject({ connectionCount: 4, resentCount: 0 });
    expect(reports[1].connectionCount).toBeGreaterThan(CHANGE_COUNT);
    expect(await shownTo('other.test')).toBe(other);
  });

  it('leaves connections with a request in flight alone, over HTTP/1.1 and HTTP/2', async () => {
    await using one = await connectRaw(at('shop.test'));
    await using two = new Http2Client(at('shop.test'));
    await one.send(requestText('/held', { host: 'shop.test' }));
    const answer = two.request('/held', { host: 'shop.test' });
    await hold(2);

    await renewShop();
    for (const release of held.splice(0)) release();

    expect((await one.readResponse()).status).toBe(200);
    expect((await answer).status).toBe(200);
    expect((await one.request('/', { host: 'shop.test' })).status).toBe(200);
    expect((await two.request('/', { host: 'shop.test' })).status).toBe(200);
  });
});

it('tells the monitoring when each of them ends', async () => {
  const { validToDate } = new X509Certificate((await authority.issue('any.test')).certificatePem);
  const metrics = await weir.metrics();
  for (const name of ['default/shop', 'default/other']) {
    const [, seconds] =
      new RegExp(`^weir_certificate_expiry_timestamp_seconds\\{kind="secret",name="${name}"\\} (\\d+)$`, 'mv').exec(metrics) ??
      [];
    // All of this test were issued within its minutes, for the same time.
    expect(Math.abs(Number(seconds) * 1_000 - validToDate.getTime())).toBeLessThan(600_000);
  }
});

describe('a port of HTTPS alone', () => {
  it.each(['unknown.test', 'sub.shop.test'])('refuses the server name %s with unrecognized_name', async name => {
    const code = 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME';
    await expect(connectRaw({ port, tls: { servername: name, rejectUnauthorized: false } })).rejects.toMatchObject({ code });
  });

  describe.skipIf(isMissing('openssl', 'version'))('and openssl s_client (skipped where it is not installed)', () => {
    const client = (flags: string): Promise<string> =>
      shell(`echo Q | openssl s_client -connect 127.0.0.1:${port} -CAfile ${join(files.path, 'authority.pem')} ${flags}`);

    it.each(['-tls1_2', '-tls1_3'])('tells it the same with %s', async version => {
      expect(await client(`-servername unknown.test ${version}`)).toMatch(/alert unrecognized name|alert number 112/v);
    });

    it('is verified by it under its right name', async () => {
      expect(await client('-servername shop.test -verify_hostname shop.test')).toContain('Verify return code: 0 (ok)');
    });
  });
});
