// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answering, Child, createTempDirectory, echo, findFreePorts, request, startUpstream, waitFor } from '@weir/testing';
import type { TempDirectory, Upstream } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const run = promisify(execFile);

let directory: TempDirectory;
let upstream: Upstream;
let port: number;
let metricsPort: number;
const children: Child[] = [];

beforeEach(async () => {
  directory = await createTempDirectory();
  upstream = await startUpstream(answering(echo('cart')));
  [port = 0, metricsPort = 0] = await findFreePorts(2);
  await directory.write('gateway.yaml', gateway(port));
  await directory.write('service.yaml', service(upstream.port));
  await directory.write('route.yaml', route('/cart'));
});

afterEach(async () => {
  await Promise.all(children.splice(0).map(child => child[Symbol.asyncDispose]()));
  await upstream[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

function gateway(...ports: readonly number[]): string {
  const listeners = ports.map(number => `    - { name: http-${number}, port: ${number}, protocol: HTTP }\n`);
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: weir
  listeners:
${listeners.join('')}`;
}

function service(endpointPort: number): string {
  return `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart, namespace: shop, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
ports: [{ port: ${endpointPort} }]
endpoints: [{ addresses: [127.0.0.1] }]
`;
}

function route(path: string): string {
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: cart, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules:
    - matches: [{ path: { type: PathPrefix, value: ${path} } }]
      backendRefs: [{ name: cart, port: 80 }]
`;
}

function start(...flags: readonly string[]): Child {
  const metrics = ['--metrics-address', `127.0.0.1:${metricsPort}`];
  const child = new Child([process.execPath, MAIN, 'up', '.', '--workers', '2', '--drain-delay', '0', ...metrics, ...flags], {
    cwd: directory.path,
  });
  children.push(child);
  return child;
}

async function startReady(...flags: readonly string[]): Promise<Child> {
  const child = start(...flags);
  await child.sees(/Ctrl-C stops/);
  return child;
}

async function statusOf(path: string, at = port): Promise<number> {
  return (await request({ port: at }, path, { headers: { connection: 'close' } })).status;
}

function adminOf(child: Child): string {
  return /admin +(\S+\.sock)/.exec(child.stderr)?.[1] ?? '';
}

async function curl(...args: readonly string[]): Promise<string> {
  return (await run('curl', ['-sS', ...args])).stdout;
}

describe('weir up', () => {
  it('says what listens where and gives a line to try that works', async () => {
    const child = await startReady();
    expect(child.stderr).toContain(`● http://127.0.0.1:${port}  1 route rule  shop/edge/http-${port}\n`);
    const words = /Try {2}curl (\S+)\n/.exec(child.stderr);
    expect(words?.[1]).toBe(`http://127.0.0.1:${port}/cart`);
    expect(JSON.parse(await curl(words?.[1] ?? ''))).toMatchObject({ backend: 'cart', target: '/cart' });
    expect((await stat(adminOf(child))).mode & 0o777).toBe(0o600);
  });

  it('writes the access log, and nothing else, to standard output', async () => {
    const child = await startReady();
    expect(await statusOf('/cart/1')).toBe(200);
    await waitFor(() => child.stdout.includes('\n'), { what: 'a line of the access log' });
    expect(child.stdout.split('\n').filter(line => line !== '')).toHaveLength(1);
    expect(JSON.parse(child.stdout)).toMatchObject({ status: 200, route: 'shop/cart' });
  });

  it('makes an edit live, keeps what was live when one is bad, and says when all is well again', async () => {
    const child = await startReady();
    await directory.write('route.yaml', route('/basket'));
    await child.sees(/● HTTPRoute shop\/cart changed: live in [\d.]+ ms \(1 route rule, version \d+\)/);
    expect([await statusOf('/basket'), await statusOf('/cart')]).toStrictEqual([200, 404]);
    await directory.write('route.yaml', route('/cart').replace('backendRefs', 'backends'));
    await child.sees(/route\.yaml:9:7: error: /);
    expect(await statusOf('/basket')).toBe(200);
    await directory.write('route.yaml', route('/cart'));
    await child.sees(/recovered/);
    expect(await statusOf('/cart')).toBe(200);
  });

  it('opens and closes listeners as the Gateway changes', async () => {
    const child = await startReady();
    const [other = 0] = await findFreePorts(1);
    await directory.write('gateway.yaml', gateway(port, other));
    await child.sees(new RegExp(`listening on 127\\.0\\.0\\.1:${other}`));
    expect(await statusOf('/cart', other)).toBe(200);
    await directory.write('gateway.yaml', gateway(other));
    await child.sees(new RegExp(`closed 127\\.0\\.0\\.1:${port}`));
    await expect(statusOf('/cart')).rejects.toThrow('ECONNREFUSED');
    expect(await statusOf('/cart', other)).toBe(200);
  });

  it('says after a mistake whether what was served before goes on', async () => {
    const child = await startReady();
    await directory.write('route.yaml', route('/cart').replace('backendRefs', 'backends'));
    await child.sees(/unknown field `backends`[\s\S]*what the file said before goes on being served/);
    expect(await statusOf('/cart')).toBe(200);
    await directory.write('route.yaml', route('/cart').replace('name: cart, port', 'name: card, port'));
    await child.sees(/Service `card`[\s\S]*in force as written: requests that need what is wrong are refused/);
    await child.sees(/shop\/cart changed: live in/);
    expect(await statusOf('/cart')).toBe(500);
  });

  it('says in the status that a listener added later has no port, and opens it when it is free', async () => {
    const child = await startReady();
    const foreign = createServer().listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const { port: taken } = foreign.address() as { readonly port: number };
    await directory.write('gateway.yaml', gateway(port, taken));
    await child.sees(new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken}: process ${process.pid} listens there`));
    const status: unknown = JSON.parse(await curl('--unix-socket', adminOf(child), 'http://weir/status'));
    const failed = {
      name: `http-${taken}`,
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Programmed', status: 'False', reason: 'Pending' })]),
    };
    expect(status).toMatchObject({
      problems: [{ code: 'port-taken', object: 'Gateway shop/edge' }],
      statuses: { 'Gateway/shop/edge': { listeners: [{ name: `http-${port}` }, failed] } },
    });
    expect(await statusOf('/cart')).toBe(200);
    foreign.close();
    await child.sees(new RegExp(`listening on 127\\.0\\.0\\.1:${taken}`));
    expect(await statusOf('/cart', taken)).toBe(200);
  });

  it('replaces a worker that ended', async () => {
    const child = await startReady();
    await curl('-X', 'POST', '--unix-socket', adminOf(child), 'http://weir/workers/0/terminate');
    await child.sees(/worker 0 ended and is replaced at once/);
    const workers = (): Promise<string> => curl('--unix-socket', adminOf(child), 'http://weir/workers');
    await waitFor(async () => (await workers()).match(/"isLive": true/g)?.length === 2, { what: 'both workers to live' });
    expect(await statusOf('/cart')).toBe(200);
  });

  it('stops on SIGTERM when the last answer is out', async () => {
    const child = await startReady();
    expect(await statusOf('/cart')).toBe(200);
    expect(await child.stop('SIGTERM')).toStrictEqual({ code: 0, signal: null });
    expect(child.stderr).toContain('\nstopped\n');
    await expect(stat(adminOf(child))).rejects.toThrow('ENOENT');
  });

  it('ends in order also on a signal that comes while it starts', async () => {
    const child = start();
    await waitFor(async () => (await statusOf('/livez', metricsPort).catch(() => 0)) === 200, { what: () => child.output });
    expect(await child.stop('SIGTERM')).toStrictEqual({ code: 0, signal: null });
    expect(child.stderr).toContain('\nstopped\n');
  });

  it('is not ready while it drains, and ends at once at a second Ctrl-C', async () => {
    const child = await startReady('--drain-delay', '60s');
    const ready = (): Promise<number> => statusOf('/readyz', metricsPort);
    expect(await ready()).toBe(200);
    child.process.kill('SIGINT');
    await waitFor(async () => (await ready()) === 503, { what: 'readiness to fail' });
    expect(await statusOf('/cart')).toBe(200);
    expect(await child.stop('SIGINT')).toStrictEqual({ code: 130, signal: null });
  });
});

describe('weir up that cannot start', () => {
  it('names the other one on the same port and ends with 3', async () => {
    const first = await startReady();
    const [otherMetricsPort] = await findFreePorts(1);
    const second = start('--metrics-address', `127.0.0.1:${otherMetricsPort ?? 0}`);
    expect(await second.exited).toStrictEqual({ code: 3, signal: null });
    expect(second.stderr).toContain(
      `weir: cannot listen on 127.0.0.1:${port}: another Weir serves it (process ${first.pid}, up since `,
    );
    expect(second.stderr).toContain(`directory ${directory.path})`);
  });

  it('names who has the metrics port and ends with 3', async () => {
    const foreign = createServer().listen(metricsPort, '127.0.0.1');
    await once(foreign, 'listening');
    const child = start();
    expect(await child.exited).toStrictEqual({ code: 3, signal: null });
    expect(child.stderr).toContain(`cannot listen on 127.0.0.1:${metricsPort} for metrics: process ${process.pid} listens there`);
    expect(child.stderr).toContain('--metrics-address off');
    foreign.close();
  });

  it('reports every unreadable document and ends with 1, unless a part is enough', async () => {
    await directory.write('bad.yaml', route('/x').replace('backendRefs', 'backends').replace('name: cart', 'name: bad'));
    await directory.write('worse.yaml', 'kind: [');
    const child = start();
    expect(await child.exited).toStrictEqual({ code: 1, signal: null });
    expect(child.stderr).toMatch(/^bad\.yaml:9:7: error: /m);
    expect(child.stderr).toMatch(/^worse\.yaml:1:\d+: error: /m);
    expect(child.stderr).toContain('weir: some documents cannot be read (2 errors); --allow-partial starts without them\n');
    await startReady('--allow-partial');
    expect(await statusOf('/cart')).toBe(200);
  });
});
