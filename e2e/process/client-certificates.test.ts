// SPDX-License-Identifier: Apache-2.0
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import {
  answering,
  createTempDirectory,
  createTestAuthority,
  echo,
  findFreePorts,
  http2Request,
  request,
  startUpstream,
  startWeir,
} from '@weir/testing';
import type { Echo, KeyPair, RawResponse, TestAuthority, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing, shell } from './stage/commands.ts';
import { accessPolicy, configMap, consumer, forward, gateway, route, service, target, tlsSecret } from './stage/documents.ts';

let servers: TestAuthority;
let clients: TestAuthority;
let upstream: Upstream;
let weir: Weir;
let port = 0;
let plainPort = 0;

const SPOOFED = { 'x-forwarded-client-cert': 'By=x;Hash=y;URI=spiffe://example/agent', 'x-ssl-client-verify': 'SUCCESS' };

beforeAll(async () => {
  [servers, clients] = await Promise.all([createTestAuthority('servers'), createTestAuthority('clients')]);
  upstream = await startUpstream(answering(echo('main')));
  [port = 0, plainPort = 0] = await findFreePorts(2);
  const validation = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'clients' }], mode: 'AllowInsecureFallback' };
  weir = await startWeir([
    tlsSecret('local', await servers.issue('localhost')),
    configMap('clients', { 'ca.crt': clients.certificatePem }),
    gateway(
      'edge',
      [
        { name: 'tls', protocol: 'HTTPS', port, tls: { certificateRefs: [{ name: 'local' }] } },
        { name: 'plain', protocol: 'HTTP', port: plainPort },
      ],
      { tls: { frontend: { default: { validation } } } },
    ),
    ...service('main', [upstream.port]),
    route('all', [
      { name: 'consumers', ...forward('/consumers', 'main') },
      { name: 'rules', ...forward('/rules', 'main') },
      { name: 'any', ...forward('/any', 'main') },
    ]),
    accessPolicy('consumers', target.rule('all', 'consumers'), {
      authentication: { methods: [{ name: 'agents', clientCertificate: {} }] },
      authorization: { rules: [{ name: 'agents', action: 'Allow', consumers: ['agent'] }] },
    }),
    accessPolicy('rules', target.rule('all', 'rules'), {
      authorization: {
        rules: [
          { name: 'agents', action: 'Allow', certificates: [{ dnsName: '*.agents.example' }, { email: 'ann@example.com' }] },
        ],
      },
    }),
    accessPolicy('any', target.rule('all', 'any'), {
      authentication: { methods: [{ name: 'anybody', clientCertificate: { anyVerified: true } }] },
    }),
    consumer('agent', { certificates: [{ uri: 'spiffe://example/agent' }] }),
    consumer('other', { certificates: [{ uri: 'spiffe://example/other' }] }),
  ]);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

describe.each(['http/1.1', 'h2'])('client certificates over %s', protocol => {
  async function ask(path: string, credential: Partial<KeyPair> = {}): Promise<RawResponse> {
    const { certificatePem: cert, keyPem: key } = credential;
    const tls: ConnectionOptions = {
      servername: 'localhost',
      ca: servers.certificatePem,
      ALPNProtocols: [protocol],
      ...(cert === undefined ? {} : { cert, key }),
    };
    const send = protocol === 'h2' ? http2Request : request;
    return send({ port, tls }, path, { headers: SPOOFED });
  }

  it.each([
    ['/consumers', ['spiffe://example/agent'], 200],
    ['/consumers', ['spiffe://example/other'], 403],
    ['/consumers', ['spiffe://example/unknown'], 401],
    ['/consumers', ['agent'], 401],
    ['/rules', ['x.agents.example'], 200],
    ['/rules', ['first.example', 'ann@example.com'], 200],
    ['/rules', ['agents.example'], 403],
    ['/any', ['whoever.example'], 200],
  ] as const)('%s asked with %j answers %i', async (path, names, status) => {
    expect((await ask(path, await clients.issue(...names))).status).toBe(status);
  });

  it.each(['/consumers', '/any', '/rules'])('on %s count for nothing where somebody else has signed them', async path => {
    const forged = await servers.issue('spiffe://example/agent', 'x.agents.example', 'ann@example.com');
    expect((await ask(path, forged)).status).toBe(path === '/rules' ? 403 : 401);
    expect((await ask(path)).status).toBe(path === '/rules' ? 403 : 401);
  });

  it('are told by no header, and such headers reach no backend', async () => {
    const { headers } = (await ask('/any', await clients.issue('whoever.example'))).json() as Echo;
    expect(headers['x-forwarded-client-cert']).toBeUndefined();
  });
});

it('a port without TLS knows none', async () => {
  const refused = await request({ port: plainPort }, '/any', { headers: SPOOFED });
  expect([refused.status, refused.headers('www-authenticate')]).toEqual([401, ['ClientCertificate']]);
});

it.skipIf(isMissing('curl'))('curl --cert is understood (skipped without curl)', async () => {
  await using directory = await createTempDirectory();
  const { certificatePem, keyPem } = await clients.issue('spiffe://example/agent');
  const at = (name: string): string => join(directory.path, name);
  await writeFile(at('ca.pem'), servers.certificatePem);
  await writeFile(at('both.pem'), `${certificatePem}\n${keyPem}`);
  const url = `https://localhost:${port}/consumers`;
  const base = `curl -s -o /dev/null -w '%{http_code}' --cacert ${at('ca.pem')} --resolve localhost:${port}:127.0.0.1`;
  expect(await shell(`${base} --cert ${at('both.pem')} ${url}`)).toBe('200');
  expect(await shell(`${base} ${url}`)).toBe('401');
});
