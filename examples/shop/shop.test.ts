// SPDX-License-Identifier: Apache-2.0
import { credentials, status } from '@grpc/grpc-js';
import { Child, createTempDirectory, findFreePorts, request, startWireRecorder, waitFor } from '@weir/testing';
import type { TempDirectory, WireRecorder } from '@weir/testing';
import { once } from 'node:events';
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { isPortFree } from './launcher/port-owner.ts';
import type { Notification } from './services/notifications/stock-news.ts';
import type { Level } from './services/stock/contract.ts';
import { StockClient } from './services/stock/stock-client.ts';
import { Customers } from './stage/customers.ts';
import { received } from './stage/received.ts';
import { CALLED, PLAINTEXT, recordedSlice, SERVICES } from './stage/recorded-slice.ts';
import { shopPorts } from './stage/shop-ports.ts';
import type { ShopPorts } from './stage/shop-ports.ts';
import { watchRollout } from './stage/watch-rollout.ts';
import { withWeights } from './stage/with-weights.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const START_MS = 45_000;

let ports: ShopPorts;
let shop: Child;
/** Of a user of its own: other shops may run. */
let home: TempDirectory;
let directory = '';

function startShop(env: Readonly<Record<string, string>> = {}): Child {
  return new Child([process.execPath, MAIN], {
    env: {
      XDG_RUNTIME_DIR: home.path,
      ...env,
      SHOP_PORT_BASE: String(ports.base),
      SHOP_GATEWAY_PORT: String(ports.gateway),
      SHOP_GATEWAY_TLS_PORT: String(ports.tls),
      SHOP_LEDGER_PORT: String(ports.ledger),
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

/** All that the ledger answers to `commands`, through the gateway unless a port is named, until it ends the connection. */
async function askLedger(commands: string, port = ports.ledger): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(commands);
  return readAll(socket);
}

async function nextLevel(levels: AsyncIterator<Level>): Promise<Level> {
  const { value } = (await levels.next()) as IteratorYieldResult<Level>;
  return value;
}

const ORDER_COUNT = 3;

/** Calls every service, each by the way that customers call it. */
async function goShopping(): Promise<void> {
  const gateway = { port: ports.gateway };
  await catalogueVersions(5);
  await request(gateway, '/api/catalogue/products', { headers: { 'x-shop-preview': 'v2' } });
  expect((await request(gateway, '/products/kayak')).text).toContain('Would do it again on purpose.');
  const browser = new WebSocket(`ws://localhost:${ports.gateway}/notifications`);
  await once(browser, 'message');
  for (let count = 0; count < ORDER_COUNT; count++) {
    const ordered = await request(gateway, '/api/orders', { method: 'POST', body: '{"product":"flask"}' });
    expect(ordered.status).toBe(201);
  }
  browser.close();
  await once(browser, 'close');
  expect(await askLedger('QUIT\r\n')).toBe('+OK\r\n');
}

/** Puts a recorder in front of every sidecar: callers go by it alone. */
async function recordEverything(): Promise<ReadonlyMap<string, WireRecorder>> {
  const recorders = new Map<string, WireRecorder>();
  for (const [index, service] of SERVICES.entries()) recorders.set(service, await startWireRecorder(ports.base + index));
  for (const [file, namespace] of [
    ['services.yaml', 'shop/'],
    ['catalogue-team.yaml', 'catalogue/'],
  ] as const) {
    const slices = [...recorders]
      .filter(([service]) => service.startsWith(namespace))
      .map(([service, { port }]) => recordedSlice(service, port));
    await edit(
      file,
      text => `${text.replaceAll('[127.0.0.1]', '[127.0.0.1]\n    conditions: { ready: false }')}${slices.join('')}`,
    );
  }
  return recorders;
}

beforeAll(async () => {
  ports = await shopPorts();
  home = await createTempDirectory();
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
  await home[Symbol.asyncDispose]();
});

describe('the shop', () => {
  it('says where it is and what to try', () => {
    expect(shop.stdout).toContain(`http://localhost:${ports.gateway}/`);
    expect(shop.stdout).toContain('Things to try');
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

  it('numbers orders by a database that speaks over TCP', async () => {
    const before = await askLedger('GET orders\r\nQUIT\r\n');
    const ordered = await request({ port: ports.gateway }, '/api/orders', { method: 'POST', body: '{"product":"boots"}' });
    const after = await askLedger('*2\r\n$3\r\nGET\r\n$6\r\norders\r\nPING\r\nQUIT\r\n');

    const number = Number(/^\$4\r\n(?<number>\d+)\r\n\+OK\r\n$/v.exec(before)?.groups?.['number']);
    expect(ordered.json()).toMatchObject({ id: number + 1, product: 'boots' });
    expect(after).toBe(`$4\r\n${number + 1}\r\n+PONG\r\n+OK\r\n`);
  });

  it('shows how many are left, and counts down as it sells', async () => {
    using stock = new StockClient(`127.0.0.1:${ports.gateway}`);
    const levels = stock.watch('compass');
    const before = await nextLevel(levels);

    const page = await request({ port: ports.gateway }, '/products/compass');
    await request({ port: ports.gateway }, '/order', { method: 'POST', body: 'product=compass' });
    const after = await nextLevel(levels);
    await levels.return();

    expect(page.text).toContain(`${before.left} left`);
    expect(after).toEqual({ item: 'compass', left: before.left - 1 });
    expect(await stock.get(['compass'])).toEqual([after]);
  });

  it('shows it over TLS too, by the name that its certificate has', async () => {
    const secret = JSON.parse(await readFile(`${directory}/certificate.json`, 'utf8')) as { data: { 'tls.crt': string } };
    const security = credentials.createSsl(Buffer.from(secret.data['tls.crt'], 'base64'));
    using stock = new StockClient(`127.0.0.1:${ports.tls}`, security);

    expect(await stock.get(['kayak'])).toEqual([{ item: 'kayak', left: expect.any(Number) }]);
  });

  it('passes on what a service answers to a call for what it does not have', async () => {
    using stock = new StockClient(`127.0.0.1:${ports.gateway}`);

    await expect(stock.get(['submarine'])).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringContaining('there is no "submarine"'),
    });
    await expect(stock.watch('submarine').next()).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it.each(['http', 'https'] as const)('tells browsers over WebSocket what is sold, at an %s origin', async scheme => {
    const url = `${scheme.replace('http', 'ws')}://localhost:${scheme === 'http' ? ports.gateway : ports.tls}/notifications`;
    const messages: Notification[] = [];
    const socket = new WebSocket(url, { rejectUnauthorized: false });
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Notification));
    await waitFor(() => messages.some(({ item }) => item === 'paddle'), { what: 'how many paddles there are' });
    const { left, isSale } = messages.find(({ item }) => item === 'paddle')!;

    await request({ port: ports.gateway }, '/api/orders', { method: 'POST', body: '{"product":"paddle"}' });

    expect(isSale).toBe(false);
    await waitFor(() => messages.some(message => message.isSale), { what: 'the news of a sale' });
    expect(messages.filter(message => message.isSale)).toEqual([{ item: 'paddle', left: left - 1, isSale: true }]);
    socket.close();
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1005);
  });

  it('shifts its weight while it runs, keeps running on a broken file, and goes on when it is mended', async () => {
    await edit('route-catalogue.yaml', text => withWeights(text, 0, 100));
    await waitFor(async () => !(await catalogueVersions(15)).has('v1'), { what: 'v2 alone' });

    await edit('route-catalogue.yaml', text => text.replace('weight: 100', 'wieght: 100'));
    await waitFor(() => /route-catalogue\.yaml:\d+:\d+[^\n]*[\s\S]*wieght/v.exec(shop.stdout), {
      what: () => `the mistake\n${shop.output}`,
    });
    expect(await catalogueVersions(10)).toEqual(new Set(['v2']));

    await edit('route-catalogue.yaml', text => withWeights(text.replace('wieght', 'weight'), 100, 0));
    await waitFor(async () => (await catalogueVersions(5)).has('v1'), { what: 'v1 again' });
  });

  it('says who has its ports to a second start', async () => {
    await using second = startShop();

    const { code } = await second.exited;

    expect(code).toBe(1);
    expect(second.stderr).toContain(`port ${ports.gateway} (gateway) is taken by pid`);
    expect(second.stderr).toContain(`port ${ports.ledger} (gateway, ledger) is taken by pid`);
    expect(second.stderr).toContain(`SHOP_LEDGER_PORT=${ports.ledger + 100}`);
    expect(second.stderr).toContain(`SHOP_PORT_BASE=${ports.base + 100}`);
    expect(shop.isRunning).toBe(true);
  });
});

describe('the mesh of the shop', () => {
  it('counts every call at the sidecar that received it', async () => {
    const { metrics } = ports;
    const before = await Promise.all(CALLED.map(service => received(metrics, service)));
    await goShopping();
    for (const [index, service] of CALLED.entries()) {
      await waitFor(async () => (await received(metrics, service)) > before[index]!, { what: `a call of ${service}` });
    }
    // Each order takes a number and an item; and one customer has asked the ledger.
    const after = await Promise.all(CALLED.map(service => received(metrics, service)));
    const grown = Object.fromEntries(CALLED.map((service, index) => [service, after[index]! - before[index]!]));
    expect(grown).toMatchObject({ 'shop/orders': ORDER_COUNT, 'shop/ledger': ORDER_COUNT + 1, 'shop/storefront': 1 });
  });

  it('lets in nothing that is not mutual TLS', async () => {
    for (let index = 0; index < SERVICES.length; index++) {
      await expect(request({ port: ports.base + index }, '/products'), `port ${ports.base + index}`).rejects.toThrow();
    }
  });

  it('lets orders alone take from the stock', async () => {
    for (const port of [ports.gateway, ports.base + 21]) {
      using stock = new StockClient(`127.0.0.1:${port}`);
      expect(await stock.get(['boots'])).toHaveLength(1);
      await expect(stock.take('boots')).rejects.toMatchObject({ code: status.PERMISSION_DENIED });
    }
  });

  it('lets no other service call the ledger, also one whose sidecar is told to while it runs', async () => {
    const [port = 0] = await findFreePorts(1);
    const application = `127.0.0.1:${ports.base + 14}`;
    await edit('services.yaml', text =>
      text.replace(application, `${application}\n    weir.dev/upstreams: ledger:6379=127.0.0.1:${port}`),
    );
    await waitFor(async () => !(await isPortFree(port)), { what: () => `the port\n${shop.output}` });

    expect(await askLedger('PING\r\nQUIT\r\n', port).catch(() => '')).toBe('');
    expect(await askLedger('QUIT\r\n')).toBe('+OK\r\n');

    await edit('mesh.yaml', text => text.replace('          - shop/reviews\n', ''));
    await waitFor(async () => (await askLedger('PING\r\nQUIT\r\n', port).catch(() => '')) === '+PONG\r\n+OK\r\n', {
      what: () => `reviews to be let in\n${shop.output}`,
    });
  });

  it('shows nothing on the wire but its TLS', async () => {
    const files = ['services.yaml', 'catalogue-team.yaml'];
    const before = await Promise.all(files.map(name => readFile(`${directory}/${name}`, 'utf8')));
    const recorders = await recordEverything();
    await waitFor(
      async () => {
        await goShopping();
        return [...recorders.values()].every(({ conversations }) => conversations.length > 0);
      },
      { what: () => `calls by all recorders\n${shop.output}` },
    );
    for (const [service, { conversations }] of recorders) {
      for (const { sent, received: got } of conversations) {
        // A record of a handshake (RFC 8446 §5.1), whose ALPN is the mesh's.
        expect(sent.subarray(0, 2), service).toEqual(Buffer.of(22, 3));
        expect(sent.includes('weir/1/'), service).toBe(true);
        expect(PLAINTEXT.filter(text => sent.includes(text) || got.includes(text))).toEqual([]);
      }
    }
    for (const [index, name] of files.entries()) await edit(name, () => before[index]!);
    await waitFor(() => /catalogue-v2-recorded removed|and \d+ more removed/v.test(shop.stdout), {
      what: () => `direct calls again\n${shop.output}`,
    });
    await Promise.all([...recorders.values()].map(recorder => recorder[Symbol.asyncDispose]()));
  });
});

describe('a new version of the catalogue', () => {
  it('comes to all customers step by step, and one that is broken goes back by itself', { timeout: 120_000 }, async () => {
    // The pauses are for people.
    await edit('rollout-catalogue.yaml', text =>
      text.replaceAll('for: 8s', 'for: 2s').replace('rollbackWindow: 10s', 'rollbackWindow: 1s'),
    );
    await using customers = new Customers(ports.gateway);
    const good = await watchRollout(home.path);
    await edit('rollout-catalogue.yaml', text => text.replace('  paused: true\n', ''));
    expect(await good.exited, good.output).toMatchObject({ code: 0 });
    expect(customers.statuses).toEqual(new Set([200]));
    expect(await catalogueVersions(10)).toEqual(new Set(['v2']));

    const broken = await watchRollout(home.path);
    await edit('rollout-catalogue.yaml', text => text.replace('candidate: catalogue-v2', 'candidate: catalogue-v3'));
    expect(await broken.exited, broken.output).toMatchObject({ code: 3 });
    expect(broken.stderr).toMatch(/catalogue-v3 was taken out by weir: /v);
    expect(customers.statuses).toEqual(new Set([200, 500]));
    expect(await catalogueVersions(30)).toEqual(new Set(['v2']));
  });
});

describe('the end of the shop', () => {
  it('leaves nothing behind after Ctrl-C, though a browser listens for news', async () => {
    const browser = new WebSocket(`ws://localhost:${ports.gateway}/notifications`);
    await once(browser, 'open');
    const closed = once(browser, 'close') as Promise<[number]>;

    const { code } = await shop.stop('SIGINT');

    expect(code).toBe(0);
    expect((await closed)[0]).toBe(1001);
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
