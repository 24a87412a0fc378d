// SPDX-License-Identifier: Apache-2.0
import { Child, createTempDirectory, findFreePorts, request, waitFor } from '@weir/testing';
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPortFree } from './launcher/port-owner.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const START_MS = 45_000;

let ports: Awaited<ReturnType<typeof shopPorts>>;
let shop: Child;
let directory = '';

/** Five ports in a row for the services, and three for the gateway. */
async function shopPorts(): Promise<{ base: number; gateway: number; tls: number; metrics: number; all: readonly number[] }> {
  for (;;) {
    const [base = 0, ...rest] = await findFreePorts(8);
    if (rest.every((port, index) => port === base + index + 1)) {
      return { base, gateway: base + 5, tls: base + 6, metrics: base + 7, all: [base, ...rest] };
    }
  }
}

function startShop(env: Readonly<Record<string, string>> = {}): Child {
  return new Child([process.execPath, MAIN], {
    env: {
      ...env,
      SHOP_PORT_BASE: String(ports.base),
      SHOP_GATEWAY_PORT: String(ports.gateway),
      SHOP_GATEWAY_TLS_PORT: String(ports.tls),
      SHOP_METRICS_PORT: String(ports.metrics),
    },
  });
}

/** Replaces a file of the running configuration in one step, as editors do. */
async function edit(name: string, change: (text: string) => string): Promise<void> {
  const path = `${directory}/${name}`;
  await writeFile(`${path}.tmp`, change(await readFile(path, 'utf8')));
  await rename(`${path}.tmp`, path);
}

/** Which version of the catalogue answered each of `count` requests. */
async function catalogueVersions(count: number): Promise<ReadonlySet<unknown>> {
  const versions = new Set<unknown>();
  for (let i = 0; i < count; i++) {
    const answer = await request({ port: ports.gateway }, '/api/catalogue/products');
    versions.add((answer.json() as { version: string }).version);
  }
  return versions;
}

beforeAll(async () => {
  ports = await shopPorts();
  shop = startShop();
  await waitFor(() => shop.stdout.includes('The shop is open') || !shop.isRunning, {
    what: () => `the start screen\n${shop.output}`,
    timeoutMs: START_MS,
  });
  expect(shop.isRunning, shop.output).toBe(true);
  directory = /configuration (?<path>\S+)/v.exec(shop.stdout)?.groups?.['path'] ?? '';
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('the shop', () => {
  it('says where it is and what to try', () => {
    expect(shop.stdout).toContain(`http://localhost:${ports.gateway}/`);
    expect(shop.stdout).toContain('Three things to try');
    expect(shop.stdout).toContain('a copy with your ports');
  });

  it('shows its products, and one with its reviews', async () => {
    const grid = await request({ port: ports.gateway }, '/');
    const product = await request({ port: ports.gateway }, '/products/kayak');

    expect(grid.status).toBe(200);
    expect(grid.text).toContain('River kayak');
    expect(grid.header('x-content-type-options')).toBe('nosniff');
    expect(product.text).toMatch(/served by catalogue v[12]/v);
    expect(product.text).toContain('Would do it again on purpose.');
  });

  it('sells something, and shows it over HTTPS', async () => {
    const ordered = await request({ port: ports.gateway }, '/order', { method: 'POST', body: 'product=lantern' });
    const account = await request({ port: ports.tls, tls: { rejectUnauthorized: false } }, '/account');

    expect(ordered.status).toBe(201);
    const number = /<strong>(?<number>\d+)<\/strong>/v.exec(ordered.text)?.groups?.['number'];
    expect(account.text).toContain(`<td>${number ?? 'no number'}</td>`);
  });

  it('sends whoever asks for the account over HTTP to HTTPS', async () => {
    const answer = await request({ port: ports.gateway }, '/account', { host: `localhost:${ports.gateway}` });

    expect(answer.status).toBe(301);
    expect(answer.header('location')).toBe(`https://localhost:${ports.tls}/account`);
  });

  it('gives the new catalogue to whoever asks for it', async () => {
    const answer = await request({ port: ports.gateway }, '/api/catalogue/products', { headers: { 'x-shop-preview': 'v2' } });

    expect(answer.json()).toMatchObject({ version: 'v2' });
  });

  it('shifts its weight while it runs, keeps running on a broken file, and goes on when it is mended', async () => {
    await edit('route-catalogue.yaml', text => text.replace('weight: 90', 'weight: 0'));
    await waitFor(async () => !(await catalogueVersions(15)).has('v1'), { what: 'v2 alone' });

    await edit('route-catalogue.yaml', text => text.replace('weight: 10', 'wieght: 10'));
    await waitFor(() => /route-catalogue\.yaml:\d+:\d+[^\n]*[\s\S]*wieght/v.exec(shop.stdout), {
      what: () => `the mistake\n${shop.output}`,
    });
    expect(await catalogueVersions(10)).toEqual(new Set(['v2']));

    await edit('route-catalogue.yaml', text => text.replace('wieght: 10', 'weight: 0').replace('weight: 0', 'weight: 1'));
    await waitFor(async () => (await catalogueVersions(5)).has('v1'), { what: 'v1 again' });
  });

  it('says who has its ports to a second start', async () => {
    await using second = startShop();

    const { code } = await second.exited;

    expect(code).toBe(1);
    expect(second.stderr).toContain(`port ${ports.gateway} (gateway) is taken by pid`);
    expect(second.stderr).toContain(`SHOP_PORT_BASE=${ports.base + 100}`);
    expect(shop.isRunning).toBe(true);
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    const { code } = await shop.stop('SIGINT');

    expect(code).toBe(0);
    for (const port of ports.all) expect(await isPortFree(port), `port ${port}`).toBe(true);
    await expect(stat(directory)).rejects.toThrow('ENOENT');
  });
});

describe('a shop that is told to end while it starts', () => {
  it.each(['SIGTERM', 'SIGHUP'] as const)('leaves nothing behind after %s', async signal => {
    await using temporary = await createTempDirectory();
    await using started = startShop({ TMPDIR: temporary.path });
    await waitFor(() => started.stdout.includes('starting the gateway'), { what: () => `the gateway\n${started.output}` });

    await started.stop(signal);

    for (const port of ports.all) expect(await isPortFree(port), `port ${port}`).toBe(true);
    expect((await readdir(temporary.path)).filter(name => name.startsWith('weir-shop-'))).toEqual([]);
  });
});

describe('a shop whose launcher is killed', () => {
  it('leaves no process behind', async () => {
    await using temporary = await createTempDirectory();
    await using started = startShop({ TMPDIR: temporary.path });
    await waitFor(() => started.stdout.includes('The shop is open'), {
      what: () => `the shop\n${started.output}`,
      timeoutMs: START_MS,
    });

    started.process.kill('SIGKILL');

    await waitFor(async () => (await Promise.all(ports.all.map(isPortFree))).every(Boolean), {
      what: () => `all ports to be free\n${started.output}`,
      timeoutMs: 20_000,
    });
  });
});
