// SPDX-License-Identifier: Apache-2.0
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import type { Workload } from '@weir/policy/snapshot';
import { createTestAuthority, http2Request, request, waitFor } from '@weir/testing';
import type { TestAuthority } from '@weir/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { helloFor } from '../intercept/scripted-hello.ts';
import { CapturedStage, listening, SERVICE_ADDRESS, talk, WORKLOAD_ADDRESS } from './captured-stage.ts';
import type { CapturedOptions } from './captured-stage.ts';

const RANGES = { ranges: ['10.1.0.0/16', '127.0.0.0/8'] };

let authority: TestAuthority;
let stage: CapturedStage;
let application: Server;

beforeAll(async () => {
  authority = await createTestAuthority('weir test mesh');
});

beforeEach(() => {
  stage = new CapturedStage(async uri => ({ ...(await authority.issue(uri)), authoritiesPem: authority.certificatePem }));
});

afterEach(() => {
  stage.close();
  application.close();
});

/** An application that answers any request. */
async function serveHttp(options: CapturedOptions = {}): Promise<void> {
  application = await listening(createHttpServer((_incoming, response) => response.end('over one')));
  await stage.open(application, options);
}

/** An application that speaks first, and then says back what it hears. */
async function serveGreeting(options: CapturedOptions = {}): Promise<void> {
  application = await listening(
    createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => undefined);
      socket.write('220 hello\r\n');
      socket.pipe(socket);
    }),
  );
  await stage.open(application, options);
}

/** An application that says back what it hears. */
async function serveEcho(options: CapturedOptions = {}): Promise<void> {
  application = await listening(
    createServer({ allowHalfOpen: true }, socket => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    }),
  );
  await stage.open(application, options);
}

function ask(port = stage.outbound): ReturnType<typeof request> {
  return request({ port }, '/x');
}

/** What a client that waits for the server to speak gets, which then says one word. */
async function greeting(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket) {
      if (chunks.length === 0) socket.end('QUIT\r\n');
      chunks.push(chunk as Buffer);
    }
  } catch {
    return 'reset';
  }
  return Buffer.concat(chunks).toString('latin1');
}

const workload = (parts: Partial<Workload['ports'][number]> = {}): Workload => ({
  ...{ kind: 'workload', name: `workload/shop/catalogue/127.0.0.1`, identity: 'shop/catalogue', address: '127.0.0.1' },
  ports: [{ port: stage.inbound, protocol: 'http1', mode: 'strict', services: [], ...parts }],
});

describe('a call that was redirected where it left', () => {
  it('goes to the Service that its address stands for, by its rules, over mutual TLS', async () => {
    await serveHttp({ protocol: 'http1' });
    const { status, text } = await ask();
    expect([status, text]).toEqual([200, 'over one']);
    await waitFor(() => stage.receiver.requests.length === 1, { what: 'the end of the request' });
    expect(stage.receiver.requests).toMatchObject([{ downstream: { peerIdentity: 'shop/checkout' } }]);
    expect(stage.caller.requests).toMatchObject([
      { served: { listener: 'mesh/shop/catalogue/80', backend: 'shop/catalogue:80' } },
    ]);
  });

  it('is found to be HTTP/1 where nothing is declared, and goes on as that', async () => {
    await serveHttp();
    expect((await ask()).text).toBe('over one');
    expect(stage.caller.detected).toEqual(['http1 by client']);
    expect(stage.receiver.requests).toMatchObject([{ protocol: 'HTTP/1.1' }]);
  });

  it('is found to be HTTP/2 where nothing is declared, and goes on as that', async () => {
    const streams = createHttp2Server((_incoming, response) => response.end('over two'));
    application = await listening(streams);
    await stage.open(application);
    expect((await http2Request({ port: stage.outbound }, '/x')).text).toBe('over two');
    expect(stage.caller.detected).toEqual(['http2 by client']);
    expect(stage.receiver.requests).toMatchObject([{ protocol: 'HTTP/2' }]);
  });

  it.each(['detect', 'tcp'] as const)('is carried whole where the server speaks first (%s)', async protocol => {
    await serveGreeting({ protocol });
    expect(await greeting(stage.outbound)).toBe('220 hello\r\nQUIT\r\n');
    await waitFor(() => stage.receiver.streams.length > 0, { what: 'the end of the stream' });
    expect(stage.receiver.streams.at(-1)).toMatchObject({ sourceIdentity: 'shop/checkout' });
  });

  it('is remembered to have a server that speaks first', async () => {
    await serveGreeting();
    await greeting(stage.outbound);
    await greeting(stage.outbound);
    expect(stage.caller.detected.at(-1)).toBe('opaque by learned');
  });

  it('is carried whole where the client says what is no HTTP', async () => {
    await serveEcho();
    expect(await talk(stage.outbound, '\0binary', '\u0001more')).toBe('\0binary\u0001more');
  });

  it.each(['detect', 'tls'] as const)('is TLS with a server name, however its ClientHello is cut (%s)', async protocol => {
    await serveEcho({ protocol });
    const hello = helloFor('db.shop');
    const bytes = [...hello].map(byte => Buffer.from([byte]));
    expect(Buffer.from(await talk(stage.outbound, ...bytes), 'latin1').equals(hello)).toBe(true);
    await waitFor(() => stage.caller.streams.some(({ bytesSent }) => bytesSent > 0), { what: 'the end of the stream' });
    expect(stage.caller.streams.at(-1)).toMatchObject({ serverName: 'db.shop', bytesReceived: hello.length });
  });

  it('goes by the rule of its server name', async () => {
    await serveEcho({ protocol: 'tls' });
    const elsewhere = await listening(createServer(socket => socket.on('error', () => undefined).end('elsewhere')));
    const { port } = elsewhere.address() as AddressInfo;
    await stage.caller.apply(
      {
        ...{ kind: 'streamRule', name: 'stream-rule/named', routeKind: 'TLSRoute', route: 'shop/named', rule: '0' },
        ...{ createdMs: 0, index: 0 },
        attachments: [
          {
            listener: 'mesh/shop/catalogue/80',
            hostnames: ['db.shop'],
            access: undefined,
            traffic: undefined,
            meshSide: 'caller',
          },
        ],
        backends: [{ backend: 'backend/elsewhere', label: 'shop/elsewhere:1', weight: 1, access: undefined }],
      },
      {
        ...{ kind: 'backend', name: 'backend/elsewhere', label: 'shop/elsewhere:1', protocol: 'http1', tls: undefined },
        ...{ proxyProtocol: undefined, balance: 'roundRobin', connectTimeoutMs: 1_000, sessionPersistence: undefined },
        ...{ circuitBreaker: undefined, connectionLimits: undefined, sources: [], endpoints: [{ address: '127.0.0.1', port }] },
      },
    );
    expect(await talk(stage.outbound, helloFor('db.shop'))).toBe('elsewhere');
    expect((await talk(stage.outbound, helloFor('other.shop'))).length).toBe(helloFor('other.shop').length);
    elsewhere.close();
  });

  it('reaches no port that no Service has where the workload is strict by itself, as by its Namespace', async () => {
    await serveGreeting({ mode: 'permissive' });
    await stage.receiver.apply({
      ...{ kind: 'workload', name: 'workload/shop/catalogue/10.1.1.9', identity: 'shop/catalogue', address: '10.1.1.9' },
      ...{ ports: [], mode: 'strict' },
    });
    stage.called = { address: '127.0.0.1', port: (application.address() as AddressInfo).port };
    expect(await greeting(stage.inbound)).toBe('reset');
    expect(stage.receiver.refusals).toMatchObject([{ fault: 'plaintext_refused' }]);
  });

  it('is refused where it was to the listener itself', async () => {
    await serveHttp();
    stage.dialled = { isListener: true };
    await expect(ask()).rejects.toThrow();
    expect(stage.caller.refusals).toMatchObject([{ fault: 'destination_refused' }]);
  });

  it('is refused at a port that the Service does not have', async () => {
    await serveHttp();
    stage.dialled = { port: 81 };
    await expect(ask()).rejects.toThrow();
    expect(stage.caller.refusals).toMatchObject([
      { fault: 'destination_refused', faultDetail: 'mesh/shop/catalogue has no port 81' },
    ]);
  });
});

describe('a call to a workload that was dialled itself', () => {
  it.each(['http1', 'detect'] as const)('shows who calls, and comes under the rules of who is called (%s)', async protocol => {
    await serveHttp({ protocol, settings: RANGES });
    stage.dialled = { address: '127.0.0.1', port: stage.inbound };
    stage.answer = () => Promise.resolve(workload({ protocol }));
    expect((await ask()).text).toBe('over one');
    expect(stage.receiver.requests).toMatchObject([
      { downstream: { peerIdentity: 'shop/checkout' }, served: { listener: 'inbound/shop/catalogue/80' } },
    ]);
  });

  it('is refused where somebody else is there', async () => {
    await serveHttp({ protocol: 'http1', settings: RANGES });
    stage.dialled = { address: '127.0.0.1', port: stage.inbound };
    stage.answer = () => Promise.resolve({ ...workload(), identity: 'shop/orders' });
    await expect(ask()).rejects.toThrow();
    expect(stage.receiver.requests).toEqual([]);
  });

  it('is in plaintext where it is not in the mesh', async () => {
    await serveHttp({ settings: RANGES });
    stage.dialled = { address: '127.0.0.1', port: (application.address() as AddressInfo).port };
    stage.answer = () => Promise.resolve('outside');
    expect((await ask()).text).toBe('over one');
  });

  it.each(['nobody is asked', 'the question fails'])('is refused where %s', async how => {
    await serveHttp({ settings: RANGES });
    stage.dialled = { address: '127.0.0.1', port: stage.inbound };
    if (how === 'the question fails') stage.answer = () => Promise.reject(new Error('away'));
    await expect(ask()).rejects.toThrow();
    expect(stage.caller.refusals).toMatchObject([{ fault: 'mesh_unavailable' }]);
  });
});

describe('where several Services lead to one port', () => {
  const listener = 'inbound/shop/other/80';
  const other = { label: 'shop/other:80', serverName: '80.other.shop.weir', listener };
  const own = {
    ...{ label: 'shop/catalogue:80', serverName: '80.catalogue.shop.weir', listener: 'inbound/shop/catalogue/80' },
  };

  /** The other one's rules admit nobody, as they name a policy that is not there. */
  async function addOther(protocol: 'detect' | 'http1' | 'tcp'): Promise<void> {
    const names = { route: 'shop/other', rule: '80', createdMs: 0, index: 0 };
    const attachments = [
      { listener, hostnames: ['*'], access: 'access/missing', traffic: undefined, meshSide: 'receiver' } as const,
    ];
    const backends = [{ backend: 'local/shop/catalogue/80', label: 'shop/other:80', weight: 1, access: undefined }];
    await stage.receiver.apply(
      {
        ...{ kind: 'workload', name: `workload/shop/catalogue/${WORKLOAD_ADDRESS}`, identity: 'shop/catalogue' },
        address: WORKLOAD_ADDRESS,
        ports: [{ port: 8080, protocol, mode: 'strict', services: [own, other] }],
      },
      { kind: 'streamRule', name: 'stream-rule/other', routeKind: 'TCPRoute', ...names, attachments, backends },
      {
        ...{ kind: 'routeRule', name: 'rule/other', routeKind: 'HTTPRoute', ...names, attachments },
        matches: [{ path: { kind: 'prefix', value: '/' }, method: undefined, headers: [], query: [] }],
        action: {
          ...{ refusal: undefined, filters: [], requestTimeoutMs: 0, attemptTimeoutMs: 0 },
          ...{ retry: undefined, sessionPersistence: undefined },
          backends: backends.map(backend => ({ ...backend, filters: [] })),
        },
      },
    );
  }

  function dialDirectly(protocol: 'http1' | 'tcp'): void {
    stage.dialled = { address: '127.0.0.1', port: stage.inbound };
    stage.answer = () => Promise.resolve(workload({ protocol }));
  }

  it('a request that names one of them comes under its rules, and one that names none under those of all', async () => {
    await serveHttp({ protocol: 'http1', settings: RANGES });
    await addOther('http1');
    expect((await ask()).status).toBe(200);
    dialDirectly('http1');
    expect((await ask()).status).toBe(503);
    expect(stage.receiver.requests.map(({ fault }) => fault)).toEqual([undefined, 'policy_unresolved']);
  });

  it('so do connections that are carried whole', async () => {
    await serveGreeting({ protocol: 'tcp', settings: RANGES });
    await addOther('tcp');
    expect(await greeting(stage.outbound)).toBe('220 hello\r\nQUIT\r\n');
    dialDirectly('tcp');
    await greeting(stage.outbound);
    await waitFor(() => stage.receiver.streams.length > 1, { what: 'the end of the stream' });
    expect(stage.receiver.streams.map(({ fault }) => fault)).toEqual([undefined, 'policy_unresolved']);
  });
});

describe('a call outside', () => {
  it('goes where it was going', async () => {
    await serveGreeting();
    stage.dialled = { address: '127.0.0.1', port: (application.address() as AddressInfo).port };
    expect(await greeting(stage.outbound)).toBe('220 hello\r\nQUIT\r\n');
    expect(stage.receiver.streams).toEqual([]);
  });

  it('is refused where destinations have to be registered, and the log says so', async () => {
    await serveGreeting({ settings: { unknownDestinations: 'registered' } });
    stage.dialled = { address: '127.0.0.1', port: (application.address() as AddressInfo).port };
    expect(await talk(stage.outbound)).toBe('reset');
    expect(stage.caller.refusals).toMatchObject([{ fault: 'destination_refused' }]);
  });
});

describe('a call that was redirected where it arrived', () => {
  it('is refused in plaintext where the mode is strict, whatever it speaks', async () => {
    await serveGreeting();
    expect(await talk(stage.inbound, 'x')).toBe('reset');
    expect(stage.receiver.refusals).toMatchObject([{ fault: 'plaintext_refused' }]);
  });

  it.each(['detect', 'tcp'] as const)('hears a server that speaks first in plaintext where that may be (%s)', async protocol => {
    await serveGreeting({ protocol, mode: 'permissive' });
    expect(await greeting(stage.inbound)).toBe('220 hello\r\nQUIT\r\n');
  });

  it('does not bother the application for TLS of the mesh', async () => {
    let connectionCount = 0;
    await serveGreeting({ protocol: 'tcp', mode: 'permissive' });
    application.on('connection', () => connectionCount++);
    expect(await greeting(stage.outbound)).toBe('220 hello\r\nQUIT\r\n');
    expect(connectionCount).toBe(1);
  });

  it('may be plaintext HTTP where nothing is declared', async () => {
    await serveHttp({ mode: 'permissive' });
    expect((await ask(stage.inbound)).text).toBe('over one');
    expect(stage.receiver.detected).toEqual(['http1 by client']);
    expect(stage.receiver.requests).toHaveLength(1);
  });

  it.each([
    ['permissive', helloFor('own.test').length],
    ['strict', 0],
  ] as const)('may be TLS of the application itself in permissive mode alone (%s)', async (mode, length) => {
    await serveEcho({ mode });
    const answer = await talk(stage.inbound, ...[...helloFor('own.test')].map(byte => Buffer.from([byte])));
    expect(answer === 'reset' ? 0 : answer.length).toBe(length);
    if (mode === 'strict') expect(stage.receiver.refusals).toMatchObject([{ fault: 'peer_refused' }]);
  });

  it.each([
    ['permissive', '220 hello\r\nQUIT\r\n'],
    ['strict', 'reset'],
  ] as const)('reaches a port that no Service has in permissive mode alone (%s)', async (mode, expected) => {
    await serveGreeting({ mode });
    stage.called = { address: '127.0.0.1', port: (application.address() as AddressInfo).port };
    expect(await greeting(stage.inbound)).toBe(expected);
    if (mode === 'strict') expect(stage.receiver.refusals).toMatchObject([{ fault: 'plaintext_refused' }]);
  });

  it('is refused where it was to the listener itself', async () => {
    await serveGreeting({ mode: 'permissive' });
    stage.called = { isListener: true };
    expect(await talk(stage.inbound)).toBe('reset');
    expect(stage.receiver.refusals).toMatchObject([{ fault: 'destination_refused' }]);
  });

  it('is refused where the workload is not known', async () => {
    await serveGreeting({ mode: 'permissive' });
    const port = await stage.receiver.listen({ kind: 'inbound', identity: 'shop/other', port: undefined });
    expect(await talk(port)).toBe('reset');
    expect(stage.receiver.refusals).toMatchObject([{ fault: 'mesh_unavailable' }]);
  });
});

it('an address and port of the tests stand for what they say', () => {
  expect([SERVICE_ADDRESS, WORKLOAD_ADDRESS]).toEqual(['10.96.0.1', '10.1.1.1']);
});
