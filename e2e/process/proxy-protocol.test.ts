// SPDX-License-Identifier: Apache-2.0
import {
  connectRaw,
  createTestAuthority,
  echo,
  answering,
  findFreePorts,
  requestText,
  startUpstream,
  startWeir,
  waitFor,
} from '@weir/testing';
import type { TestDocument, Upstream, Weir } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissing, run } from './stage/commands.ts';
import { backend, forward, gateway, route, service, tlsSecret } from './stage/documents.ts';
import { startHaproxyInFront, startNginxBehindProxy } from './stage/peer-programs.ts';
import type { PeerProgram } from './stage/peer-programs.ts';
import { proxyHeaderV2, readingProxyHeader } from './stage/proxy-header.ts';
import { portService, streamRoute } from './stage/stream-documents.ts';
import { converse, repeating } from './stage/stream-servers.ts';

const PORTS = ['http', 'https', 'plain', 'v1', 'v2', 'nginx', 'strangerHttp', 'strangerTcp'] as const;
type PortName = (typeof PORTS)[number];

const V1 = 'PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\n';
const V2 = proxyHeaderV2(['192.0.2.7', 4711], ['192.0.2.1', 80]);

const hasServers = !isMissing('nginx', '-v') && !isMissing('haproxy', '-v') && !isMissing('curl');

let web: Upstream;
let plain: Upstream;
let reader: Upstream;
let nginx: PeerProgram | undefined;
let weir: Weir;
let ports: ReadonlyMap<PortName, number>;

beforeAll(async () => {
  web = await startUpstream(answering(echo('web')));
  plain = await startUpstream(repeating('plain'));
  reader = await startUpstream(readingProxyHeader);
  nginx = hasServers ? await startNginxBehindProxy() : undefined;
  const free = await findFreePorts(PORTS.length);
  ports = new Map(PORTS.map((name, index) => [name, free[index] ?? 0]));
  const authority = await createTestAuthority();
  weir = await startWeir([
    tlsSecret('edge', await authority.issue('localhost')),
    trusting('edge', '127.0.0.0/8, ::1', [
      { name: 'http', protocol: 'HTTP', port: portOf('http') },
      { name: 'https', protocol: 'HTTPS', port: portOf('https'), tls: { certificateRefs: [{ name: 'edge' }] } },
      ...(['plain', 'v1', 'v2', 'nginx'] as const).map(name => ({ name, protocol: 'TCP', port: portOf(name) })),
    ]),
    trusting('stranger', '192.0.2.0/24', [
      { name: 'http', protocol: 'HTTP', port: portOf('strangerHttp') },
      { name: 'tcp', protocol: 'TCP', port: portOf('strangerTcp') },
    ]),
    ...service('web', [web.port]),
    ...portService('plain', [{ port: plain.port }]),
    ...portService('v1', [{ port: reader.port }], { annotations: { 'weir.dev/proxy-protocol': 'v1' } }),
    ...portService('v2', [{ port: reader.port }], { annotations: { 'weir.dev/proxy-protocol': 'v2' } }),
    ...portService('nginx', [{ port: nginx?.port ?? 1 }], { annotations: { 'weir.dev/proxy-protocol': 'v1' } }),
    route('web', [forward('/', 'web')], { parents: ['edge', 'stranger'] }),
    ...(['plain', 'v1', 'v2', 'nginx'] as const).map(name =>
      streamRoute('TCPRoute', name, { listener: name, backends: [backend(name)] }),
    ),
    streamRoute('TCPRoute', 'stranger', { parent: { name: 'stranger' }, listener: 'tcp', backends: [backend('plain')] }),
  ]);
});

afterAll(async () => {
  await weir[Symbol.asyncDispose]();
  await Promise.all([web, plain, reader].map(upstream => upstream[Symbol.asyncDispose]()));
  await nginx?.[Symbol.asyncDispose]();
});

function portOf(name: PortName): number {
  return ports.get(name) ?? 0;
}

/** A Gateway behind balancers that have these addresses. */
function trusting(name: string, addresses: string, listeners: Parameters<typeof gateway>[1]): TestDocument {
  const document = gateway(name, listeners);
  return { ...document, metadata: { ...document.metadata, annotations: { 'weir.dev/proxy-protocol-from': addresses } } };
}

describe('a PROXY header of a trusted address', () => {
  it.each([
    ['v1', V1],
    ['v2', V2],
  ])('names the client of requests: %s', async (_version, header) => {
    await using client = await connectRaw({ port: portOf('http') });
    await client.send(header, requestText('/a'), requestText('/b'));
    for (const target of ['/a', '/b']) {
      const said = (await client.readResponse()).json();
      expect(said).toMatchObject({ target, headers: { 'x-forwarded-for': '192.0.2.7' } });
    }
  });

  it.each([
    ['v1', V1],
    ['v2', V2],
  ])('is not part of what a TCPRoute carries: %s', async (_version, header) => {
    expect(await converse({ port: portOf('plain') }, `${header.toString('latin1')}hello`)).toBe('plain:hello');
  });

  it.each([
    ['none', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['one with a word too many', V1.replace('80', '80 80')],
    ['one of an unknown version', Buffer.concat([V2.subarray(0, 12), Buffer.from([0x31]), V2.subarray(13)])],
  ])('is required: a connection with %s ends without an answer', async (_what, bytes) => {
    const count = web.requests.length;
    await using client = await connectRaw({ port: portOf('http') });
    await client.send(bytes);
    const { localPort } = client.socket;
    expect((await client.readUntilClose()).bytes).toHaveLength(0);
    expect(web.requests).toHaveLength(count);
    const line = await waitFor(() => weir.accessLog.find(({ client_port: from }) => from === localPort), { what: 'its line' });
    expect(line).toMatchObject({
      client: '127.0.0.1',
      port: `port/127.0.0.1/${portOf('http')}`,
      protocol: 'HTTP',
      fault: 'bad_request',
      fault_detail: expect.stringMatching(/^PROXY header: /v),
    });
  });

  it('leaves no line where a client left without a byte, as probes do', async () => {
    const probe = await connectRaw({ port: portOf('http') });
    const { localPort } = probe.socket;
    await probe.close();
    await using client = await connectRaw({ port: portOf('http') });
    await client.send('x\r\n');
    await client.readUntilClose();
    const loggedPorts = () => weir.accessLog.map(record => record['client_port']);
    await waitFor(() => loggedPorts().includes(client.socket.localPort), { what: 'the line of the one that said something' });
    expect(loggedPorts()).not.toContain(localPort);
  });
});

describe('a PROXY header of anybody else', () => {
  it('is a bad request to HTTP, and names nobody', async () => {
    await using client = await connectRaw({ port: portOf('strangerHttp') });
    await client.send(V1, requestText('/'));
    expect((await client.readResponse()).status).toBe(400);
    await using other = await connectRaw({ port: portOf('strangerHttp') });
    expect((await other.request('/')).json()).toMatchObject({ headers: { 'x-forwarded-for': '127.0.0.1' } });
  });

  it('is carried by a TCPRoute like everything else', async () => {
    expect(await converse({ port: portOf('strangerTcp') }, V1)).toBe(`plain:${V1}`);
  });
});

describe('a PROXY header towards a backend', () => {
  it.each(['v1', 'v2'] as const)('has the client whom the balancer named, and our own end of the connection: %s', async name => {
    const text = await converse({ port: portOf(name) }, `${V1}hello`);
    expect(text).toBe(`${name} 192.0.2.7:4711 127.0.0.1:${portOf(name)}\nhello`);
  });
});

describe.skipIf(!hasServers)('curl, HAProxy and nginx (skipped where one of them is not installed)', () => {
  const flags = ['--silent', '--show-error', '--insecure', '--max-time', '10'] as const;

  it.each([['--http1.1'], ['--http2']])('curl is served over TLS behind its own header, with %s', async version => {
    const said: unknown = JSON.parse(
      await run(
        'curl',
        ...flags,
        version,
        '--haproxy-protocol',
        `https://localhost:${portOf('https')}/`,
        '--resolve',
        `localhost:${portOf('https')}:127.0.0.1`,
      ),
    );
    expect(said).toMatchObject({ backend: 'web', headers: { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' } });
  });

  it("nginx behind sees the port of curl in front, by HAProxy's header in version 2 and ours in version 1", async () => {
    await using haproxy = await startHaproxyInFront(portOf('nginx'));
    const text = await run('curl', ...flags, '--write-out', ' %{local_port}', `http://127.0.0.1:${haproxy.port}/`);
    const [address, seen, own] = text.split(' ');
    expect(address).toBe('127.0.0.1');
    expect(seen).toBe(own);
  });
});
