// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage, PROTOCOLS, transportOf, TRANSPORTS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

/** The gateway as the outermost proxy, and behind one trusted proxy. */
let outermost: Stage;
let inner: Stage;

beforeAll(async () => {
  const options = { backends: { main: 'echo' as const }, documents: [route('all', [forward('/', 'main')])] };
  [outermost, inner] = await Promise.all([openStage(options), openStage({ ...options, flags: ['--trusted-hops', '1'] })]);
});

afterAll(async () => {
  await outermost[Symbol.asyncDispose]();
  await inner[Symbol.asyncDispose]();
});

const lies = {
  'X-Forwarded-For': '6.6.6.6',
  'X-Forwarded-Proto': 'ftp',
  'X-Forwarded-Host': 'evil.test',
  Forwarded: 'for=6.6.6.6;proto=ftp;host=evil.test',
};

describe.each(PROTOCOLS)('what goes upstream over %s', protocol => {
  it('says who asked, how and for which host', async () => {
    const { headers } = await outermost.echo(protocol, '/', { host: 'shop.test:8080' });

    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': transportOf(protocol),
      'x-forwarded-host': 'shop.test:8080',
      host: 'shop.test:8080',
    });
  });

  it('believes nothing that a client says of itself', async () => {
    const { headers } = await outermost.echo(protocol, '/', { headers: lies });

    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': transportOf(protocol) });
    expect(headers['x-forwarded-host']).not.toBe('evil.test');
    expect(headers['forwarded'] ?? '').not.toContain('6.6.6.6');
  });

  it('carries none of the other fields by which frameworks believe a proxy', async () => {
    const more = { 'X-Real-IP': '6.6.6.6', 'X-Forwarded-Port': '1', 'X-Forwarded-Prefix': '/x', 'X-Original-URL': '/admin' };

    const { headers } = await outermost.echo(protocol, '/', { headers: more });

    for (const name of Object.keys(more)) expect(headers).not.toHaveProperty(name.toLowerCase());
    expect((await inner.echo(protocol, '/', { headers: more })).headers).toMatchObject({ 'x-forwarded-prefix': '/x' });
  });

  it('believes a trusted proxy in front, and appends to what it says', async () => {
    const { headers } = await inner.echo(protocol, '/', {
      headers: { 'X-Forwarded-For': '9.9.9.9, 203.0.113.7', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'shop.test' },
    });

    expect(headers['x-forwarded-for']).toMatch(/203\.0\.113\.7, 127\.0\.0\.1$/v);
    expect(headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.test' });
    const line = await waitFor(() => inner.weir.accessLog.find(({ client }) => client === '203.0.113.7'), {
      what: () => `the client's address in the log\n${inner.weir.child.output}`,
    });
    expect(line).toMatchObject({ status: 200 });
  });

  it('has a request id, which the log has too', async () => {
    const { headers } = await outermost.echo(protocol, '/');

    const id = headers['x-request-id'];
    expect(id).toMatch(/^[\da-f\-]{16,}$/v);
    await waitFor(() => outermost.weir.accessLog.some(line => line['request_id'] === id), {
      what: () => `request id ${id ?? ''} in the log\n${outermost.weir.child.output}`,
    });
  });

  it('keeps W3C trace context', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    const { headers } = await outermost.echo(protocol, '/', { headers: { traceparent, tracestate: 'vendor=1' } });

    expect(headers).toMatchObject({ traceparent, tracestate: 'vendor=1' });
  });

  it('has a date where the gateway itself answers', async () => {
    const response = await outermost.send(protocol, '/', { host: 'a b' });

    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(Math.abs(Date.parse(response.header('date') ?? '') - Date.parse(new Date().toUTCString()))).toBeLessThan(60_000);
  });

  it('comes back without a version of the gateway', async () => {
    const response = await outermost.send(protocol, '/');

    expect(response.header('server')).toBeUndefined();
    expect(response.header('via') ?? '').not.toMatch(/weir\/|node/iv);
    expect(response.header('x-powered-by')).toBeUndefined();
  });
});

describe.each(TRANSPORTS)('what goes upstream of HTTP/1.1 over %s', transport => {
  it('has no hop-by-hop fields', async () => {
    const { headers } = await outermost.echo(transport, '/', {
      headers: {
        Connection: 'keep-alive, X-Private',
        'X-Private': 'mine',
        'Keep-Alive': 'timeout=5',
        'Proxy-Connection': 'keep-alive',
        'Proxy-Authorization': 'Basic eA==',
        TE: 'trailers',
        Upgrade: 'h2c',
        'X-Public': 'yours',
      },
    });

    for (const name of ['x-private', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'upgrade']) {
      expect(headers).not.toHaveProperty(name);
    }
    // TE is the gateway's own word to the backend, and says so (RFC 9110 §10.1.4).
    expect(headers).toMatchObject({ 'x-public': 'yours', te: 'trailers', connection: 'te' });
  });

  it('has who the client is, even where Connection names it', async () => {
    const named = {
      Authorization: 'Bearer x',
      Cookie: 'a=b',
      Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const Connection = ['keep-alive', ...Object.keys(named), 'X-Forwarded-For'].join(', ');

    const { headers } = await inner.echo(transport, '/', { headers: { ...named, 'X-Forwarded-For': '203.0.113.7', Connection } });

    expect(headers).toMatchObject({ authorization: 'Bearer x', cookie: 'a=b', 'x-forwarded-for': '203.0.113.7, 127.0.0.1' });
    expect(headers).toHaveProperty('traceparent');
  });

  it('has no trailers that only a head may carry', async () => {
    await using client = await outermost.connect(transport);
    const trailers = 'X-Sum: 42\r\nX-Forwarded-For: 6.6.6.6\r\nAuthorization: evil\r\nX-Request-Id: evil\r\n';
    const head = 'POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

    await client.exchange(`${head}2\r\nhi\r\n0\r\n${trailers}\r\n`);

    const seen = outermost.upstream('main').requests.findLast(({ target }) => target === '/trailers');
    expect(seen?.trailers).toEqual([['x-sum', '42']]);
  });

  it('keeps fields that belong to the message even where Connection names them', async () => {
    const response = await outermost.send(transport, '/', { headers: { Connection: 'close, Host, Content-Length' }, host: 'a' });

    expect([200, 400]).toContain(response.status);
    if (response.status === 200) expect(response.json()).toMatchObject({ headers: { host: 'a' } });
  });
});
