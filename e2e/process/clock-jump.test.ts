// SPDX-License-Identifier: Apache-2.0
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import {
  answering,
  createTempDirectory,
  createTestSigner,
  echo,
  findFreePorts,
  request,
  startUpstream,
  startWeir,
  waitFor,
} from '@weir/testing';
import type { RawResponse, RequestOptions, TempDirectory, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessPolicy, forward, gateway, route, service } from './stage/documents.ts';
import { limitOf, trafficPolicy } from './stage/traffic-documents.ts';

const HOUR_MS = 3_600_000;
const ISSUER = 'https://issuer.example';
const TRY_LATER = 'HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n';
const signer = createTestSigner('ES256');

/** Moves the wall clock of a process, all threads of it, by what stands in a file, as an operator or a bad time server does. */
const CLOCK = `
import { readFileSync } from 'node:fs';
const real = Date.now;
const file = new URL('offset', import.meta.url);
Date.now = () => real() + Number(readFileSync(file, 'utf8'));
`;

let clock: TempDirectory;
let upstream: Upstream;
let weir: Weir;
let port: number;

async function jumpTo(offsetMs: number): Promise<void> {
  await clock.write('offset', String(offsetMs));
  const isThere = async (): Promise<boolean> => {
    const shown = Date.parse((await ask('/nowhere')).header('date') ?? '');
    return Math.abs(shown - Date.now() - offsetMs) < 5_000;
  };
  await waitFor(isThere, { what: `the gateway's clock to show ${offsetMs} ms more` });
}

function ask(target: string, options: RequestOptions = {}): Promise<RawResponse> {
  return request({ port }, target, options);
}

/** An access policy for a route. */
function guard(name: string) {
  const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name };
  const jwks = { inline: JSON.stringify({ keys: [signer.jwk] }) };
  return accessPolicy(name, target, { authentication: { methods: [{ name: 'tokens', jwt: { issuer: ISSUER, jwks } }] } });
}

beforeAll(async () => {
  clock = await createTempDirectory();
  await clock.write('offset', '0');
  await clock.write('clock.mjs', CLOCK);
  let flakyCount = 0;
  const echoes = echo('main');
  upstream = await startUpstream(
    answering((message, connection) => {
      if (message.target.startsWith('/silent')) return undefined;
      if (message.target.startsWith('/flaky') && flakyCount++ === 0) return TRY_LATER;
      return echoes(message, connection);
    }),
  );
  [port = 0] = await findFreePorts(1);
  weir = await startWeir(
    [
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port, allowedRoutes: { namespaces: { from: 'All' } } }]),
      ...service('main', [upstream.port]),
      route('silent', [forward('/silent', 'main')]),
      trafficPolicy('silent', 'silent', { timeouts: { request: '1s' } }),
      route('limited', [forward('/limited', 'main')]),
      trafficPolicy('limited', 'limited', { rateLimits: [{ ...limitOf('few', 2), windows: [{ requests: 2, per: '10m' }] }] }),
      route('flaky', [forward('/flaky', 'main')]),
      trafficPolicy('flaky', 'flaky', {
        timeouts: { request: '10s' },
        retry: { attempts: 1, statusCodes: [503], backoff: '1ms' },
      }),
      route('tokens', [forward('/tokens', 'main')]),
      guard('tokens'),
    ],
    { flags: ['--workers', '1'], env: { NODE_OPTIONS: `--import=${pathToFileURL(join(clock.path, 'clock.mjs')).href}` } },
  );
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await clock[Symbol.asyncDispose]();
});

describe.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('a wall clock that jumps an hour %s', (_, offsetMs) => {
  it('neither ends a request early nor keeps it longer', async () => {
    await jumpTo(0);
    const startMs = performance.now();
    const answer = ask('/silent');
    await jumpTo(offsetMs);
    expect((await answer).status).toBe(504);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(990);
    expect(tookMs).toBeLessThan(3_000);
  });
});

describe('a wall clock that jumps', () => {
  it('fills no bucket', async () => {
    await jumpTo(0);
    expect([(await ask('/limited')).status, (await ask('/limited')).status, (await ask('/limited')).status]).toEqual([
      200, 200, 429,
    ]);
    await jumpTo(HOUR_MS);
    expect((await ask('/limited')).status).toBe(429);
    await jumpTo(-HOUR_MS);
    expect((await ask('/limited')).status).toBe(429);
  });

  it('does not move a retry', async () => {
    await jumpTo(0);
    const startMs = performance.now();
    const answer = ask('/flaky');
    await jumpTo(HOUR_MS);
    expect((await answer).status).toBe(200);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  it('forward expires tokens, and back makes them hold again', async () => {
    await jumpTo(0);
    const token = signer.sign({ iss: ISSUER, sub: 'alice', exp: Date.now() / 1000 + 600 });
    const statusAt = async (offsetMs: number): Promise<number> => {
      await jumpTo(offsetMs);
      return (await ask('/tokens', { headers: { Authorization: `Bearer ${token}` } })).status;
    };
    expect([await statusAt(0), await statusAt(HOUR_MS), await statusAt(0)]).toEqual([200, 401, 200]);
  });
});
