// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestAuthority, findFreePorts, http2Request, request, startWeir, waitFor } from '@weir/testing';
import type { RawResponse, RequestOptions, TestAuthority, TestDocument, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend as backendRef, configMap, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { streamRoute } from './stage/stream-documents.ts';
import { converse } from './stage/stream-servers.ts';
import { serviceThat, startTlsBackend, tlsPolicy } from './stage/tls-backend.ts';
import type { PolicyOptions, TlsBackend, TlsSight } from './stage/tls-backend.ts';

// BackendTLSPolicy and the Gateway's certificate for backends, through HTTP routes.

const MIB = 1024 * 1024;
const SPIFFE = 'spiffe://cluster.test/ns/default/sa/backend';

/** Services before the one backend with a certificate for backend.test, SPIFFE and *.pod.test, each with a policy of its own. */
const POLICIES: Readonly<Record<string, PolicyOptions>> = {
  right: {},
  'asked-as-nobody': {},
  'wrong-name': { hostname: 'other.test' },
  'san-name': { hostname: 'other.test', subjectAltNames: [{ type: 'Hostname', hostname: 'backend.test' }] },
  'san-uri': {
    hostname: 'other.test',
    subjectAltNames: [
      { type: 'Hostname', hostname: 'nobody.test' },
      { type: 'URI', uri: SPIFFE },
    ],
  },
  'san-wrong': { subjectAltNames: [{ type: 'Hostname', hostname: 'nobody.test' }] },
  wildcard: { hostname: 'a.pod.test' },
  'unknown-authority': { authorities: 'strangers' },
  'missing-authority': { authorities: 'nowhere' },
};

let backends: TestAuthority;
let gateways: TestAuthority;
let backend: TlsBackend;
let mutual: TlsBackend;
let plain: Server;
let plainCount = 0;
let weir: Weir;
const ports = { edge: 0, named: 0, broken: 0, 'broken-tcp': 0 };

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function listener(port: number): readonly Fields[] {
  return [{ name: 'http', protocol: 'HTTP', port }];
}

function documents(): readonly TestDocument[] {
  const names = Object.keys(POLICIES);
  const parents = ['edge', 'named', { name: 'broken', namespace: 'default', sectionName: 'http' }];
  const rules = ['mutual', 'refusing', 'plain', 'h2-http1', ...names].map(name => forward(`/${name}`, name));
  return [
    ...names.flatMap(name => [...service(name, [backend.port]), tlsPolicy(name, POLICIES[name])]),
    ...service('mutual', [mutual.port]),
    tlsPolicy('mutual'),
    ...service('refusing', [mutual.port]),
    tlsPolicy('refusing'),
    ...service('plain', [portOf(plain)]),
    tlsPolicy('plain'),
    ...serviceThat('h2-http1', backend.port, { appProtocol: 'kubernetes.io/h2c' }),
    tlsPolicy('h2-http1'),
    ...service('in-plaintext', [portOf(plain)]),
    route('all', [...rules, forward('/in-plaintext', 'in-plaintext')], { parents }),
    streamRoute('TCPRoute', 'carried', {
      parent: { name: 'broken', namespace: 'default' },
      listener: 'tcp',
      backends: [backendRef('right')],
    }),
  ];
}

beforeAll(async () => {
  [backends, gateways] = await Promise.all([createTestAuthority('backends'), createTestAuthority('gateways')]);
  const pair = await backends.issue('backend.test', '*.pod.test', SPIFFE);
  backend = await startTlsBackend('backend', pair);
  mutual = await startTlsBackend('mutual', pair, { ca: gateways.certificatePem, requestCert: true, rejectUnauthorized: true });
  plain = createServer((_request, response) => {
    plainCount++;
    response.end();
  });
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  [ports.edge = 0, ports.named = 0, ports.broken = 0, ports['broken-tcp'] = 0] = await findFreePorts(4);
  weir = await startWeir(
    [
      configMap('backends', { 'ca.crt': backends.certificatePem }),
      configMap('strangers', { 'ca.crt': (await createTestAuthority('strangers')).certificatePem }),
      tlsSecret('gateway', await gateways.issue('weir.test')),
      gateway('edge', listener(ports.edge)),
      gateway('named', listener(ports.named), { tls: { backend: { clientCertificateRef: { name: 'gateway' } } } }),
      gateway('broken', [...listener(ports.broken), { name: 'tcp', protocol: 'TCP', port: ports['broken-tcp'] }], {
        tls: { backend: { clientCertificateRef: { name: 'nowhere' } } },
      }),
      ...documents(),
    ],
    // Each worker has connections of its own.
    { flags: ['--workers', '1'] },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([backend, mutual].map(each => each[Symbol.asyncDispose]()));
  plain.close();
});

async function ask(name: string, options: RequestOptions & { readonly port?: number } = {}): Promise<RawResponse> {
  const { port = ports.edge, ...rest } = options;
  return request({ port }, `/${name}`, { host: 'shop.test', ...rest });
}

async function sightOf(name: string, options: RequestOptions & { readonly port?: number } = {}): Promise<TlsSight> {
  const response = await ask(name, options);
  if (response.status !== 200) throw new Error(`${response.startLine}: ${JSON.stringify(await recordOf(name))}`);
  return response.json() as TlsSight;
}

/** What the access log says of the last request to a service. */
async function recordOf(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const find = () => weir.accessLog.findLast(({ path }) => path === `/${name}`);
  await waitFor(() => find() !== undefined, { what: 'the record of the request' });
  return find();
}

describe('a backend with a BackendTLSPolicy', () => {
  it('is asked for by the name of the policy, and gets requests as the client wrote them', async () => {
    expect(await sightOf('right')).toMatchObject({
      serverName: 'backend.test',
      protocol: 'http/1.1',
      host: 'shop.test',
      path: '/right',
      client: null,
    });
  });

  it.each(['san-name', 'san-uri', 'wildcard'])('is trusted where the names in its certificate fit: %s', async name => {
    expect((await ask(name)).status).toBe(200);
  });

  it.each([
    ['wrong-name', 'wanted dns other.test'],
    ['san-wrong', 'wanted dns nobody.test'],
    ['unknown-authority', 'unable to verify the first certificate'],
    ['plain', 'no TLS with the upstream'],
  ])('gets no request where it is not whom the policy means: %s', async (name, reason) => {
    const seen = [backend.requestCount, plainCount];
    const response = await ask(name);

    expect(response.status).toBe(502);
    expect(response.text).not.toContain('certificate');
    expect(await recordOf(name)).toMatchObject({ fault: 'upstream_tls_failed', fault_detail: expect.stringContaining(reason) });
    expect([backend.requestCount, plainCount]).toEqual(seen);
  });

  it('gets no request where there is no authority to verify it with', async () => {
    const response = await ask('missing-authority');

    expect(response.status).toBe(500);
    expect(await recordOf('missing-authority')).toMatchObject({ fault: 'backend_invalid' });
  });

  it('gets no HTTP/2 where it does not agree to it', async () => {
    const response = await ask('h2-http1');

    expect(response.status).toBe(502);
    expect(await recordOf('h2-http1')).toMatchObject({ fault: 'upstream_tls_failed' });
  });

  it('keeps connections for one request after another, those of Gateways with other certificates apart', async () => {
    const first = await sightOf('right');
    const named = await sightOf('right', { port: ports.named });

    expect((await sightOf('right')).connection).toBe(first.connection);
    expect(named.connection).not.toBe(first.connection);
    expect((await sightOf('right', { port: ports.named })).connection).toBe(named.connection);
  });

  it('takes large bodies', async () => {
    const body = 'x'.repeat(8 * MIB);

    expect(await sightOf('right', { method: 'POST', body })).toMatchObject({ bodyBytes: body.length });
  });

  it('is there for HTTP/2 clients, too', async () => {
    const response = await http2Request({ port: ports.edge }, '/right', { host: 'shop.test' });

    expect(response.json()).toMatchObject({ serverName: 'backend.test', protocol: 'http/1.1' });
  });
});

describe('a backend that asks for a certificate', () => {
  it('sees the certificate of the Gateway that a request came through', async () => {
    expect(await sightOf('mutual', { port: ports.named })).toMatchObject({ client: 'CN=weir.test' });
  });

  it('refuses requests of a Gateway that has none', async () => {
    const response = await ask('refusing');

    expect(response.status).toBe(502);
    expect(await recordOf('refusing')).toMatchObject({ fault: 'upstream_reset' });
  });
});

describe('a Gateway whose certificate for backends cannot be used', () => {
  it('makes no connection to a backend over TLS, also not to one that asks for none', async () => {
    const { connectionCount } = backend;
    const response = await ask('asked-as-nobody', { port: ports.broken });

    expect(response.status).toBe(500);
    expect(response.text).not.toContain('certificate');
    expect(await recordOf('asked-as-nobody')).toMatchObject({
      fault: 'backend_invalid',
      fault_detail: 'the certificate that the Gateway of listener default/broken/http shows to backends cannot be used',
    });
    expect(backend.connectionCount).toBe(connectionCount);
  });

  it('refuses connections that would be carried there', async () => {
    const { connectionCount } = backend;

    await expect(converse({ port: ports['broken-tcp'] }, 'x')).rejects.toThrow(/reset|ECONNRESET|EPIPE/v);
    const isRecord = (record: Readonly<Record<string, unknown>>) => record['listener'] === 'default/broken/tcp';
    await waitFor(() => weir.accessLog.some(isRecord), { what: 'the record of the connection' });
    expect(weir.accessLog.find(isRecord)).toMatchObject({ fault: 'backend_invalid', route: 'default/carried' });
    expect(backend.connectionCount).toBe(connectionCount);
  });

  it('serves what goes in plaintext, where nothing is shown', async () => {
    expect((await ask('in-plaintext', { port: ports.broken })).status).toBe(200);
  });
});
