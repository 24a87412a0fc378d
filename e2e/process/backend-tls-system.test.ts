// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { createTempDirectory, createTestAuthority, findFreePorts, request, startWeir, waitFor } from '@weir/testing';
import type { TempDirectory, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, gateway, route, service } from './stage/documents.ts';
import { startTlsBackend, tlsPolicy } from './stage/tls-backend.ts';
import type { TlsBackend } from './stage/tls-backend.ts';

// BackendTLSPolicies with wellKnownCACertificates: System. What the system trusts is added to as operators do it.

let files: TempDirectory;
let known: TlsBackend;
let stranger: TlsBackend;
let weir: Weir;
let port = 0;

beforeAll(async () => {
  const [authority, other] = await Promise.all([createTestAuthority('company'), createTestAuthority('strangers')]);
  files = await createTempDirectory();
  await files.write('company.pem', authority.certificatePem);
  known = await startTlsBackend('known', await authority.issue('backend.test'));
  stranger = await startTlsBackend('stranger', await other.issue('backend.test'));
  [port = 0] = await findFreePorts(1);
  weir = await startWeir(
    [
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port }]),
      ...service('known', [known.port]),
      tlsPolicy('known', { trustsSystem: true }),
      ...service('renamed', [known.port]),
      tlsPolicy('renamed', { trustsSystem: true, hostname: 'other.test' }),
      ...service('stranger', [stranger.port]),
      tlsPolicy('stranger', { trustsSystem: true }),
      route(
        'all',
        ['known', 'renamed', 'stranger'].map(name => forward(`/${name}`, name)),
      ),
    ],
    { env: { NODE_EXTRA_CA_CERTS: join(files.path, 'company.pem') } },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([known, stranger, files].map(each => each[Symbol.asyncDispose]()));
});

describe('a backend that the authorities of the system are trusted for', () => {
  it('gets requests where one of them, which may be an added one, knows it', async () => {
    const response = await request({ port }, '/known');
    expect(response.json()).toMatchObject({ backend: 'known', serverName: 'backend.test' });
  });

  it.each([
    ['stranger', 'unable to verify the first certificate'],
    ['renamed', 'wanted dns other.test'],
  ])('gets none where it is not known, or is somebody else: %s', async (name, reason) => {
    const counts = [known.requestCount, stranger.requestCount];

    expect((await request({ port }, `/${name}`)).status).toBe(502);
    const record = await waitFor(() => weir.accessLog.find(({ path }) => path === `/${name}`), { what: 'its line' });
    expect(record).toMatchObject({ fault: 'upstream_tls_failed', fault_detail: expect.stringContaining(reason) });
    expect([known.requestCount, stranger.requestCount]).toEqual(counts);
  });
});
