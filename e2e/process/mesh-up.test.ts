// SPDX-License-Identifier: Apache-2.0
import type { Server } from '@grpc/grpc-js';
import {
  answering,
  connectRaw,
  echo,
  findFreePorts,
  isPortFree,
  request,
  requestText,
  spawnWeir,
  startLoad,
  startUpstream,
  startWeir,
  startWireRecorder,
  waitFor,
  writeDocument,
} from '@weir/testing';
import type { Echo, Upstream, Weir } from '@weir/testing';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessPolicy, backend, forward, gateway, route } from './stage/documents.ts';
import type { Fields } from './stage/documents.ts';
import { connectGrpc, grpcMethod, grpcRoute, serveGrpc, statusOf } from './stage/grpc-peers.ts';
import { calledSlice, meshed, meshedSlice, STRICT } from './stage/mesh-documents.ts';
import type { MeshedOptions } from './stage/mesh-documents.ts';
import { streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';

const SAY = grpcMethod('/test.Greeter/Say');
const COUNT = grpcMethod('/test.Greeter/Count', { response: true });

/** Where everything listens: the edge, sidecars for callers, sidecars for their applications. */
const NAMES = [
  ...(['http', 'tcp', 'shop', 'shopTwo', 'orders', 'ordersMoved', 'db', 'greeter'] as const),
  ...(['shopToOrders', 'shopToDb', 'shopToGreeter', 'shopProxy', 'dbToOrders', 'late'] as const),
] as const;
type PortName = (typeof NAMES)[number];

let ports: Readonly<Record<PortName, number>>;
let apps: { readonly shop: Upstream; readonly orders: Upstream; readonly ordersToo: Upstream; readonly db: Upstream };
let greeter: { readonly server: Server; readonly port: number };
let weir: Weir;

function shopOptions(): MeshedOptions {
  const { shop: at, shopProxy: httpProxy, shopToDb, shopToGreeter, shopToOrders } = ports;
  const upstreams = `orders=127.0.0.1:${shopToOrders}, db:5432=127.0.0.1:${shopToDb}, greeter:50051=127.0.0.1:${shopToGreeter}`;
  return { at, application: apps.shop.port, upstreams, httpProxy };
}

function ordersOptions(): MeshedOptions {
  return { at: ports.orders, application: apps.orders.port };
}

function dbOptions(): MeshedOptions {
  return { at: ports.db, application: apps.db.port, port: 5432, upstreams: `orders=127.0.0.1:${ports.dbToOrders}` };
}

const ONLY_SHOP: Fields = { authorization: { rules: [{ name: 'shop', action: 'Allow', identities: ['default/shop'] }] } };
const ORDERS: Fields = { group: '', kind: 'Service', name: 'orders' };

async function startMesh(): Promise<Weir> {
  return startWeir(
    [
      gateway('edge', [
        { name: 'http', protocol: 'HTTP', port: ports.http },
        { name: 'tcp', protocol: 'TCP', port: ports.tcp },
      ]),
      route('all', [forward('/orders', 'orders'), forward('/', 'shop')], { hostnames: ['localhost'] }),
      streamRoute('TCPRoute', 'db', { listener: 'tcp', backends: [backend('db', { port: 5432 })] }),
      grpcRoute('greeter', [{ backendRefs: [backend('greeter', { port: 50_051 })] }]),
      ...meshed('shop', shopOptions()),
      meshedSlice('shop', { at: ports.shopTwo, application: apps.shop.port }, '2'),
      ...meshed('orders', ordersOptions()),
      ...meshed('db', dbOptions()),
      ...meshed('greeter', {
        ...{ at: ports.greeter, application: greeter.port },
        ...{ port: 50_051, appProtocol: 'kubernetes.io/h2c' },
      }),
      STRICT,
    ],
    { flags: ['--drain-delay', '0', '--drain-deadline', '10s'], readyTimeoutMs: 60_000 },
  );
}

beforeAll(async () => {
  const free = await findFreePorts(NAMES.length);
  ports = Object.fromEntries(NAMES.map((name, index) => [name, free[index] ?? 0])) as Record<PortName, number>;
  const [shop, orders, ordersToo, db] = await Promise.all([
    startUpstream(answering(echo('shop'))),
    startUpstream(answering(echo('orders'))),
    startUpstream(answering(echo('orders too'))),
    startUpstream(repeating('db')),
  ]);
  apps = { shop, orders, ordersToo, db };
  greeter = await serveGrpc(
    { Say: SAY, Count: COUNT },
    {
      Say: (call: { request: Buffer }, reply: (error: null, answer: Buffer) => void) => reply(null, call.request),
      // Says one number at once and one more when it is told to end.
      Count: (call: NodeJS.EventEmitter & { write(bytes: Buffer): void; end(): void }) => {
        call.write(Buffer.from('1'));
        lastCall = call;
      },
    },
  );
  weir = await startMesh();
});

let lastCall: { write(bytes: Buffer): void; end(): void } | undefined;

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all(Object.values(apps).map(app => app[Symbol.asyncDispose]()));
  greeter.server.forceShutdown();
});

/** Who answered at a port, or the status where nobody did. */
async function ask(port: number, path = '/', host = 'localhost'): Promise<string> {
  const answer = await request({ port }, path, { host, headers: { Connection: 'close' } });
  return answer.status === 200 ? (answer.json() as Echo).backend : String(answer.status);
}

async function say(port: number): Promise<string> {
  const client = connectGrpc(port);
  try {
    const { path, requestSerialize, responseDeserialize } = SAY;
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, Buffer.from('hello'), (error, answer) => {
        if (error === null) resolve(String(answer));
        else reject(error);
      });
    });
  } finally {
    client.close();
  }
}

/** Requests and connections that sidecars have received for a Service. */
async function received(service: string): Promise<number> {
  const lines = (await weir.metrics()).split('\n');
  const counted = lines.filter(line => /^weir_(?:http_requests|streams)_total\{/v.test(line));
  return counted
    .filter(line => line.includes(`"inbound/default/${service}/`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

describe('the mesh of weir up', () => {
  it('has sidecars between the edge and its services, over HTTP, gRPC and TCP', async () => {
    expect(await ask(ports.http)).toBe('shop');
    expect(await ask(ports.http, '/orders')).toBe('orders');
    expect(await say(ports.http)).toBe('hello');
    expect(await converse({ port: ports.tcp }, 'hi')).toBe('db:hi');
    for (const service of ['shop', 'orders', 'greeter', 'db']) {
      expect(await received(service), service).toBeGreaterThan(0);
    }
  });

  it('has sidecars between services, by ports for one and by a proxy for all', async () => {
    const before = await received('orders');
    expect(await ask(ports.shopToOrders)).toBe('orders');
    expect(await say(ports.shopToGreeter)).toBe('hello');
    expect(await converse({ port: ports.shopToDb }, 'hi')).toBe('db:hi');
    await using client = await connectRaw({ port: ports.shopProxy });
    const proxied = await client.request('http://orders/proxied', { host: 'orders' });
    expect(proxied.json()).toMatchObject({ backend: 'orders', target: '/proxied' });
    expect(await received('orders')).toBe(before + 2);
  });

  it('runs two sidecars of one identity, and calls both', async () => {
    const before = await received('shop');
    for (let count = 0; count < 8; count++) expect(await ask(ports.http)).toBe('shop');
    expect(await received('shop')).toBe(before + 8);
    // Neither would be called if it were not there, or had no certificate.
    const status = (await weir.admin('GET', '/status')).json() as { readonly sidecars: readonly Fields[] };
    expect(status.sidecars).toHaveLength(5);
    for (const { sidecar } of status.sidecars) expect(sidecar).toMatchObject({ phase: 'serving', readiness: { isReady: true } });
  });

  it('lets no plaintext in where it is strict, and none out of one sidecar to the next', async () => {
    await expect(ask(ports.orders)).rejects.toThrow();
    expect(await converse({ port: ports.db }, 'hi').catch(() => 'refused')).not.toContain('db:');
  });

  it('tells callers by their certificates', async () => {
    await writeDocument(weir.directory, accessPolicy('only-shop', ORDERS, ONLY_SHOP));
    await waitFor(async () => (await ask(ports.dbToOrders)) === '403', { what: 'db to be refused' });
    expect(await ask(ports.shopToOrders)).toBe('orders');
    expect(await ask(ports.http, '/orders')).toBe('403');

    await weir.directory.remove('accesspolicy-default-only-shop.json');
    await waitFor(async () => (await ask(ports.dbToOrders)) === 'orders', { what: 'db to be let in again' });
    await waitFor(async () => (await ask(ports.http, '/orders')) === 'orders', { what: 'the edge to be let in again' });
  });
});

describe('who may connect to a Service over TCP', () => {
  it('is told by certificates too', async () => {
    await writeDocument(weir.directory, accessPolicy('db-shop', { group: '', kind: 'Service', name: 'db' }, ONLY_SHOP));
    await waitFor(async () => (await converse({ port: ports.tcp }, 'hi').catch(() => '')) === '', {
      what: 'the edge to be refused',
    });
    expect(await converse({ port: ports.shopToDb }, 'hi')).toBe('db:hi');

    await weir.directory.remove('accesspolicy-default-db-shop.json');
    await waitFor(async () => (await converse({ port: ports.tcp }, 'hi').catch(() => '')) === 'db:hi', {
      what: 'the edge again',
    });
  });
});

describe('annotations that change while the mesh runs', () => {
  it('lead elsewhere without a failed request', async () => {
    const text = requestText('/orders', { host: 'localhost' });
    const load = startLoad({ at: { port: ports.http }, clientCount: 4, requestText: text });
    await waitFor(() => load.report.succeededCount > 50, { what: 'load to flow' });

    await writeDocument(weir.directory, meshedSlice('orders', { ...ordersOptions(), application: apps.ordersToo.port }));
    await waitFor(async () => (await ask(ports.http, '/orders')) === 'orders too', { what: 'the other application' });
    await writeDocument(weir.directory, meshedSlice('orders', { ...ordersOptions(), at: ports.ordersMoved }));
    await waitFor(() => isPortFree(ports.orders), { what: () => `the old port to be closed\n${weir.child.output}` });
    await waitFor(async () => (await ask(ports.http, '/orders')) === 'orders', { what: 'the first application again' });

    expect((await load.stop()).failures).toEqual(new Map());
    expect(await ask(ports.shopToOrders)).toBe('orders');
    await writeDocument(weir.directory, meshedSlice('orders', ordersOptions()));
    await waitFor(() => isPortFree(ports.ordersMoved), { what: 'the port to move back' });
  });

  it('give an application one more port to call at, and take it away', async () => {
    const upstreams = `${shopOptions().upstreams ?? ''}, shop=127.0.0.1:${ports.late}`;
    await writeDocument(weir.directory, meshedSlice('shop', { ...shopOptions(), upstreams }));
    await waitFor(async () => !(await isPortFree(ports.late)), { what: 'the port' });
    expect(await ask(ports.late)).toBe('shop');

    await writeDocument(weir.directory, meshedSlice('shop', shopOptions()));
    await waitFor(() => isPortFree(ports.late), { what: 'the port to be gone' });
  });

  it('keep their last good version where one cannot be read', async () => {
    await writeDocument(weir.directory, meshedSlice('shop', { ...shopOptions(), upstreams: 'orders' }));
    await waitFor(() => weir.child.stderr.includes('annotation weir.dev/upstreams has `orders`'), {
      what: () => `the mistake\n${weir.child.output}`,
    });
    expect(await ask(ports.shopToOrders)).toBe('orders');
    await writeDocument(weir.directory, meshedSlice('shop', shopOptions()));
    await waitFor(() => weir.child.stderr.includes('recovered'), { what: 'the mended file' });
  });

  it('that want a port which another process has are told, and tried again', async () => {
    const other = createServer().listen(ports.late, '127.0.0.1');
    await once(other, 'listening');
    const upstreams = `${shopOptions().upstreams ?? ''}, shop=127.0.0.1:${ports.late}`;
    await writeDocument(weir.directory, meshedSlice('shop', { ...shopOptions(), upstreams }));
    await waitFor(() => weir.child.stderr.includes(`default/shop-1: cannot listen on 127.0.0.1:${ports.late}`), {
      what: () => `words about the port\n${weir.child.output}`,
    });
    expect(await ask(ports.shopToOrders)).toBe('orders');

    other.close();
    await once(other, 'close');

    await waitFor(async () => !(await isPortFree(ports.late)) && (await ask(ports.late)) === 'shop', { what: 'another try' });
  });
});

describe('what goes over the wire between sidecars', () => {
  it('is TLS that offers the protocols of the mesh, and shows nothing of what is said', async () => {
    await using wire = await startWireRecorder(ports.orders);
    const slice = meshedSlice('orders', ordersOptions());
    await writeDocument(weir.directory, { ...slice, endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: false } }] });
    // Callers are sent to the recorder, and take what is behind it for the sidecar itself.
    await writeDocument(weir.directory, calledSlice('orders', wire.port));
    await waitFor(async () => (await ask(ports.shopToOrders, '/secret-path')) === 'orders' && wire.conversations.length > 0, {
      what: () => `a call by the recorder\n${weir.child.output}`,
    });

    for (const { sent, received: got } of wire.conversations) {
      expect(sent.subarray(0, 2)).toEqual(Buffer.of(22, 3));
      expect(sent.includes('weir/1/')).toBe(true);
      expect(sent.includes('secret-path')).toBe(false);
      expect(got.includes('"backend"')).toBe(false);
    }
    await writeDocument(weir.directory, slice);
    await weir.directory.remove('endpointslice-default-orders-wire.json');
    await waitFor(() => weir.child.stderr.includes('orders-wire removed'), { what: 'direct calls again' });
  });
});

describe('the end of the mesh', () => {
  it('loses no request, call or byte under load: SIGTERM', async () => {
    const load = startLoad({
      ...{ at: { port: ports.http }, clientCount: 4 },
      requestText: requestText('/orders', { host: 'localhost' }),
    });
    await using tcp = await connectRaw({ port: ports.tcp });
    await tcp.reader.readThrough(':');
    const client = connectGrpc(ports.http);
    const counting = client.makeServerStreamRequest(COUNT.path, COUNT.requestSerialize, COUNT.responseDeserialize, Buffer.of());
    const ended = statusOf(counting);
    const numbers: string[] = [];
    counting.on('data', (bytes: Buffer) => numbers.push(bytes.toString()));
    await waitFor(() => numbers.length === 1 && load.report.succeededCount > 50, { what: 'everything to flow' });

    load.closeAdmission();
    weir.child.process.kill('SIGTERM');
    await load.ended;
    // What has begun goes on through both proxies.
    await tcp.send('still there');
    expect((await tcp.reader.readExactly(11)).toString()).toBe('still there');
    lastCall?.write(Buffer.from('2'));
    lastCall?.end();
    expect(await ended).toMatchObject({ code: 0 });
    tcp.endWriting();
    client.close();

    expect(load.report.failures).toEqual(new Map());
    expect(numbers).toEqual(['1', '2']);
    expect(await weir.child.exited).toEqual({ code: 0, signal: null });
  });
});

describe('a start of the mesh', () => {
  it('that finds a port of a sidecar taken ends, and says whose it is', async () => {
    const other = createServer().listen(ports.shop, '127.0.0.1');
    await once(other, 'listening');
    await using second = await spawnWeir([
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port: ports.http }]),
      ...meshed('shop', { at: ports.shop, application: apps.shop.port }),
    ]);

    const { code } = await second.child.exited;

    expect(code).toBe(3);
    expect(second.child.stderr).toMatch(
      new RegExp(
        `sidecar of EndpointSlice default/shop-1: cannot listen on 127\\.0\\.0\\.1:${ports.shop}: process ${process.pid} `,
        'v',
      ),
    );
    other.close();
    await once(other, 'close');
  });

  it('tells of a slice that leads nowhere, and serves everything else', async () => {
    await using other = await startWeir([
      gateway('edge', [{ name: 'http', protocol: 'HTTP', port: ports.http }]),
      route('all', [forward('/', 'shop')], { hostnames: ['localhost'] }),
      ...meshed('shop', { at: ports.shop, application: apps.shop.port }),
      meshedSlice('nobody', { at: ports.orders, application: apps.orders.port }),
    ]);
    await waitFor(() => other.child.stderr.includes('no Service leads to 127.0.0.1'), { what: () => other.child.output });
    expect(await ask(ports.http)).toBe('shop');
  });
});
