// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answering, findFreePorts, reply, request, startUpstream, waitFor } from '@weir/testing';
import type { Upstream } from '@weir/testing';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backend, forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { accessPolicy } from './stage/policy-documents.ts';

const AUDIENCE = 'urn:weir:shop';

let issuer: Server;
let liar: Upstream;
let stage: Stage;
let awayPort = 0;
const counts = { introspections: 0 };

/** A token issuer of opaque tokens, for clients that ask for themselves. */
function createProvider(url: string): Provider {
  return new Provider(url, {
    clients: [
      {
        client_id: 'app',
        client_secret: 'app-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
      { client_id: 'weir', client_secret: 'weir secret', grant_types: [], redirect_uris: [], response_types: [] },
    ],
    scopes: ['read', 'write'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      revocation: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_context, client) => client.clientId === 'weir' },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'read write',
          audience: AUDIENCE,
          accessTokenFormat: 'opaque',
          accessTokenTTL: 600,
        }),
      },
    },
  });
}

async function ask(path: string, fields: Readonly<Record<string, string>>): Promise<{ readonly access_token: string }> {
  const answer = await request({ port: portOf(issuer) }, path, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('app:app-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      connection: 'close',
    },
    body: new URLSearchParams(fields).toString(),
  });
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.text}`);
  return (answer.text === '' ? {} : answer.json()) as { readonly access_token: string };
}

async function issueToken(scope = 'read'): Promise<string> {
  const fields = { grant_type: 'client_credentials', scope, resource: AUDIENCE };
  return (await ask('/token', fields)).access_token;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function introspection(name: string, to: string, more: object = {}): object {
  const endpoint = { backendRef: backend(to), path: '/token/introspection' };
  const clientSecretRef = { name: 'issuer-client' };
  const method = { name: 'tokens', introspection: { endpoint, clientId: 'weir', clientSecretRef, timeout: '500ms', ...more } };
  return accessPolicy(name, { authentication: { methods: [method] } });
}

async function status(path: string, token?: string): Promise<number> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await stage.send('http', path, { headers })).status;
}

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  const callback = createProvider(`http://127.0.0.1:${port}`).callback();
  issuer = createServer((incoming, outgoing) => {
    if (incoming.url === '/token/introspection') counts.introspections += 1;
    void callback(incoming, outgoing);
  });
  issuer.listen(port, '127.0.0.1');
  await once(issuer, 'listening');
  liar = await startUpstream(
    answering(async ({ body }, connection) => {
      const token = new URLSearchParams(body.toString()).get('token');
      if (token === 'slow') return undefined;
      if (token === 'half') {
        await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"active":true');
        connection.end();
        return undefined;
      }
      if (token === 'huge') return reply({ body: JSON.stringify({ active: true, fill: 'x'.repeat(20_000) }) });
      return reply({ body: token === 'page' ? '<html>welcome</html>' : '{"sub":"ann"}' });
    }),
  );
  [awayPort = 0] = await findFreePorts(1);
  stage = await openStage({
    backends: { main: 'echo' },
    documents: [
      ...service('issuer', [port]),
      ...service('liar', [liar.port]),
      ...service('away', [awayPort]),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'issuer-client', namespace: 'default' },
        stringData: { 'client-secret': 'weir secret' },
      },
      route('tokens', [forward('/tokens', 'main')]),
      introspection('tokens', 'issuer', { issuer: `http://127.0.0.1:${port}`, audiences: [AUDIENCE], scopes: ['read'] }),
      route('uncached', [forward('/uncached', 'main')]),
      introspection('uncached', 'issuer', { cacheFor: '0s', forward: true }),
      route('outside', [forward('/outside', 'main')]),
      introspection('outside', 'issuer', { endpoint: { url: `http://127.0.0.1:${port}/token/introspection` } }),
      route('lies', [forward('/lies', 'main')]),
      introspection('lies', 'liar'),
      route('away', [forward('/away', 'main')]),
      introspection('away', 'away'),
    ] as Parameters<typeof openStage>[0]['documents'],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await liar[Symbol.asyncDispose]();
  issuer.closeAllConnections();
  issuer.close();
});

describe('an opaque token', () => {
  it('admits whom its issuer knows, and goes no further', async () => {
    const token = await issueToken();
    const echoed = await stage.echo('h2', '/tokens/a', { headers: { authorization: `Bearer ${token}` } });
    expect(echoed.headers).not.toHaveProperty('authorization');
  });

  it('admits whom a server outside knows, which is asked by its URL', async () => {
    expect(await status('/outside/a', await issueToken())).toBe(200);
    expect(await status('/outside/a', 'made-up')).toBe(401);
  });

  it('goes on to the backend where that is written', async () => {
    const token = await issueToken();
    const echoed = await stage.echo('http', '/uncached/a', { headers: { authorization: `Bearer ${token}` } });
    expect(echoed.headers['authorization']).toBe(`Bearer ${token}`);
  });

  it('is asked about once, whoever comes with it at the same time', async () => {
    const token = await issueToken();
    const before = counts.introspections;
    const statuses = await Promise.all(Array.from({ length: 20 }, () => status('/tokens/a', token)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    // Each worker finds out for itself.
    expect(counts.introspections - before).toBeLessThanOrEqual(2);
  });

  it('that is missing, made up, revoked, or without the scope gets 401', async () => {
    const missing = await stage.send('http', '/tokens/a');
    expect([missing.status, missing.header('www-authenticate')]).toEqual([401, 'Bearer realm="tokens"']);
    expect(await status('/tokens/a', 'made-up')).toBe(401);
    expect(await status('/tokens/a', await issueToken('write'))).toBe(401);
    const token = await issueToken();
    expect(await status('/uncached/a', token)).toBe(200);
    await ask('/token/revocation', { token });
    expect(await status('/uncached/a', token)).toBe(401);
  });
});

describe('an issuer that cannot be believed', () => {
  it.each(['slow', 'half', 'huge', 'page', 'silent'])('(%s) answers 503, and tells nothing of it', async token => {
    const answer = await stage.send('http', '/lies/a', { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('policy_unavailable');
    expect(answer.text).not.toContain('liar');
  });
});

describe('an issuer that is away', () => {
  it('answers 503, is left alone after a while, and is asked again when it is back', async () => {
    await waitFor(
      async () => {
        expect(await status('/away/a', 'token')).toBe(503);
        return (await stage.weir.metrics()).includes('backend="backend/default/away/80",result="refused"');
      },
      { what: 'calls that are refused without being made' },
    );
    await using back = await startUpstream(
      answering(() => reply({ body: '{"active":true}' })),
      { port: awayPort },
    );
    await waitFor(async () => (await status('/away/a', 'token')) === 200, { what: 'the issuer to be asked' });
    expect(back.requests.length).toBeGreaterThan(0);
  });
});
