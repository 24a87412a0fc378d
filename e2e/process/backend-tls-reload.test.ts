// SPDX-License-Identifier: Apache-2.0
import {
  createTestAuthority,
  findFreePorts,
  request,
  requestText,
  startLoad,
  startWeir,
  waitFor,
  writeDocument,
} from '@weir/testing';
import type { KeyPair, Load, RawResponse, TestAuthority, TestDocument, Weir } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import { startTlsBackend, tlsPolicy } from './stage/tls-backend.ts';
import type { TlsBackend, TlsSight } from './stage/tls-backend.ts';

// Changes of what is trusted and shown, under load.

const CLIENT_COUNT = 8;

let first: TestAuthority;
let second: TestAuthority;
let backend: TlsBackend;
let backendPairs: readonly KeyPair[];
let weir: Weir;
let port = 0;

beforeEach(async () => {
  [first, second] = await Promise.all([createTestAuthority('old authority'), createTestAuthority('new authority')]);
  backendPairs = await Promise.all([first, second].map(authority => authority.issue('backend.test')));
  backend = await startTlsBackend('main', backendPairs[0]!, {
    ca: [first.certificatePem, second.certificatePem],
    requestCert: true,
    rejectUnauthorized: true,
  });
  [port = 0] = await findFreePorts(1);
  weir = await startWeir(
    [
      trust(first),
      await identity('first'),
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port }], {
        tls: { backend: { clientCertificateRef: { name: 'gateway' } } },
      }),
      ...service('main', [backend.port]),
      tlsPolicy('main'),
      route('all', [forward('/', 'main')]),
    ],
    { flags: ['--workers', '2'] },
  );
});

afterEach(async () => {
  await weir[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]();
});

function trust(...authorities: readonly TestAuthority[]): TestDocument {
  return configMap('backends', { 'ca.crt': authorities.map(({ certificatePem }) => certificatePem).join('\n') });
}

async function identity(name: string): Promise<TestDocument> {
  return tlsSecret('gateway', await first.issue(name));
}

async function flowingLoad(): Promise<Load> {
  const load = startLoad({ at: { port }, clientCount: CLIENT_COUNT, requestText: requestText('/') });
  await waitFor(() => load.report.succeededCount > 200, { what: () => JSON.stringify([...load.report.failures]) });
  return load;
}

async function expectNoFailure(load: Load): Promise<void> {
  const report = await load.stop();
  expect([...report.failures]).toEqual([]);
  expect(report.connectionCount).toBe(CLIENT_COUNT);
}

async function sight(): Promise<TlsSight> {
  return (await request({ port }, '/')).json() as TlsSight;
}

/** Both workers serve many requests in a row as the change wants it. */
async function sees(isNew: (answer: RawResponse) => boolean): Promise<void> {
  let streak = 0;
  await waitFor(
    async () => {
      streak = isNew(await request({ port }, '/')) ? streak + 1 : 0;
      return streak >= 20;
    },
    { what: () => `the change\n${weir.child.output.slice(-2000)}` },
  );
}

describe('a change under load', () => {
  it('of the certificate that the Gateway shows loses nothing, and new requests show the new one', async () => {
    const load = await flowingLoad();
    for (const name of ['second', 'third', 'fourth']) {
      await writeDocument(weir.directory, await identity(name));
      await sees(answer => (answer.json() as TlsSight).client === `CN=${name}`);
    }
    await expectNoFailure(load);
  });

  it('of the authorities loses nothing while the backend moves from one to the other', async () => {
    const load = await flowingLoad();
    const before = backend.connectionCount;

    await writeDocument(weir.directory, trust(first, second));
    await waitFor(() => backend.connectionCount > before, { what: 'connections with the new authorities' });
    await sees(answer => answer.status === 200);
    const { certificatePem: cert, keyPem: key } = backendPairs[1]!;
    backend.server.setSecureContext({ cert, key, ca: [first.certificatePem, second.certificatePem] });
    const moved = backend.connectionCount;
    await writeDocument(weir.directory, trust(second));
    await waitFor(() => backend.connectionCount > moved, { what: 'connections that trust the second authority' });
    await sees(answer => answer.status === 200);

    await expectNoFailure(load);
  });

  it('of something else keeps the connections', async () => {
    const load = await flowingLoad();
    await sees(answer => answer.status === 200);
    const before = backend.connectionCount;
    await writeDocument(weir.directory, tlsSecret('other', await first.issue('other')));
    await writeDocument(weir.directory, route('all', [forward('/', 'main', { name: 'renamed' })]));
    await sees(answer => answer.status === 200);
    await waitFor(() => weir.accessLog.at(-1)?.['rule'] === 'renamed', { what: 'the change' });
    await sees(answer => answer.status === 200);

    await expectNoFailure(load);
    expect(backend.connectionCount - before).toBeLessThan(CLIENT_COUNT);
  });
});

describe('a certificate of the Gateway that is taken back', () => {
  it('stops requests at once, also over connections that were open, until there is one again', async () => {
    expect((await sight()).client).toBe('CN=first');
    await weir.directory.remove('secret-default-gateway.json');
    await sees(answer => answer.status === 500);
    const { requestCount } = backend;
    expect((await request({ port }, '/')).status).toBe(500);
    expect(backend.requestCount).toBe(requestCount);

    await writeDocument(weir.directory, await identity('second'));
    await sees(answer => answer.status === 200 && (answer.json() as TlsSight).client === 'CN=second');
  });
});

describe('trust that is taken back', () => {
  it('stops requests at once, also over connections that were open, until it is given again', async () => {
    expect((await sight()).client).toBe('CN=first');
    await weir.directory.remove('configmap-default-backends.json');
    await sees(answer => answer.status === 500);
    const { requestCount } = backend;
    await writeDocument(weir.directory, trust(second));
    await sees(answer => answer.status === 502);
    expect(backend.requestCount).toBe(requestCount);

    await writeDocument(weir.directory, trust(first));
    await sees(answer => answer.status === 200);
  });
});
