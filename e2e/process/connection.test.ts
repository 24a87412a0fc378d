// SPDX-License-Identifier: Apache-2.0
import { answering, echo, reply, requestText, waitFor } from '@weir/testing';
import type { Echo } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { PROTOCOLS, TRANSPORTS, openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { openUpload } from './stage/transfers.ts';

let stage: Stage;

/** Answers by what the path asks for. */
const scripted = answering(async (request, connection) => {
  switch (request.target) {
    case '/raw/chunked':
      await connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n', '3\r\nabc\r\n', '2\r\n');
      return 'de\r\n0\r\nX-Sum: 5\r\n\r\n';
    case '/raw/early-hints':
      return `HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n${reply({ body: 'page' })}`;
    case '/raw/no-content':
      return reply({ status: 204 });
    case '/raw/until-close':
      await connection.send('HTTP/1.1 200 OK\r\n\r\nuntil the end');
      connection.end();
      return undefined;
    case '/raw/broken':
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      connection.reset();
      return undefined;
    case '/raw/nothing':
      connection.reset();
      return undefined;
    case '/raw/nonsense':
      await connection.send('SMTP ready\r\n\r\n');
      return undefined;
    case '/raw/slow':
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning');
      return undefined;
    default:
      return echo('raw')(request, connection);
  }
});

beforeAll(async () => {
  stage = await openStage({
    backends: {
      main: 'echo',
      raw: scripted,
      // Reads the head and then nothing until the connection ends.
      lazy: async connection => {
        await connection.readRequestHead();
        await connection.closed;
      },
    },
    documents: [route('all', [forward('/', 'main'), forward('/raw', 'raw'), forward('/lazy', 'lazy')])],
  });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.each(TRANSPORTS)('a connection over %s', transport => {
  it('carries one request after the other', async () => {
    await using client = await stage.connect(transport);

    for (const target of ['/1', '/2', '/3']) {
      expect((await client.exchange(requestText(target))).json()).toMatchObject({ target });
    }
  });

  it('answers pipelined requests in their order', async () => {
    await using client = await stage.connect(transport);
    const targets = ['/raw/a', '/b', '/raw/chunked', '/c', '/d'];

    await client.send(targets.map(target => requestText(target)).join(''));

    const answers = [];
    for (const target of targets) {
      const response = await client.readResponse();
      answers.push(target === '/raw/chunked' ? response.text : (response.json() as Echo).target);
    }
    expect(answers).toEqual(['/raw/a', '/b', 'abcde', '/c', '/d']);
  });

  it('takes a request in whatever packets it comes', async () => {
    await using client = await stage.connect(transport);

    await client.send('PO', 'ST /x HTTP/1.1\r', '\nHost: a\r\nContent-Le', 'ngth: 5\r\n\r\nhe', 'llo');

    expect((await client.readResponse()).json()).toMatchObject({ method: 'POST', body: 'hello' });
  });

  it('closes after a request that asks for it', async () => {
    await using client = await stage.connect(transport);

    const response = await client.exchange(requestText('/', { headers: { Connection: 'close' } }));

    expect(response.header('connection')?.toLowerCase()).toBe('close');
    expect(await client.readUntilClose()).toMatchObject({ bytes: Buffer.alloc(0), ending: 'end' });
  });

  it('closes after a request of HTTP/1.0', async () => {
    await using client = await stage.connect(transport);

    await client.send('GET /old HTTP/1.0\r\nHost: a\r\n\r\n');

    expect((await client.readResponse()).json()).toMatchObject({ target: '/old' });
    expect((await client.readUntilClose()).bytes).toHaveLength(0);
  });

  it('takes a chunked body with trailers', async () => {
    await using client = await stage.connect(transport);

    await client.send('POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n');
    await client.send('3\r\nabc\r\n', '2\r\nde\r\n', '0\r\nX-Sum: 5\r\n\r\n');

    expect((await client.readResponse()).json()).toMatchObject({ body: 'abcde', trailers: { 'x-sum': '5' } });
  });

  it('gives a chunked answer with its trailers', async () => {
    const response = await stage.send(transport, '/raw/chunked', { headers: { TE: 'trailers' } });

    expect(response.text).toBe('abcde');
    expect(response.trailer('x-sum')).toBe('5');
  });

  it('answers HEAD without a body, and goes on', async () => {
    await using client = await stage.connect(transport);

    const head = await client.exchange(requestText('/', { method: 'HEAD' }), 'HEAD');
    const next = await client.exchange(requestText('/next'));

    expect(Number(head.header('content-length'))).toBeGreaterThan(0);
    expect(next.json()).toMatchObject({ target: '/next' });
  });

  it('gives 204 without a body, and goes on', async () => {
    await using client = await stage.connect(transport);

    expect((await client.exchange(requestText('/raw/no-content'))).status).toBe(204);
    expect((await client.exchange(requestText('/next'))).status).toBe(200);
  });

  it('gives an answer that ends with its connection', async () => {
    expect((await stage.send(transport, '/raw/until-close')).text).toBe('until the end');
  });

  it('passes 103 Early Hints on before the answer', async () => {
    const response = await stage.send(transport, '/raw/early-hints');

    expect(response.interim.map(({ status }) => status)).toEqual([103]);
    expect(response.interim[0]!.header('link')).toBe('</style.css>; rel=preload');
    expect(response.text).toBe('page');
  });

  it('says 100 Continue to a client that waits for it', async () => {
    await using client = await stage.connect(transport);

    await client.send('POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    expect((await client.readResponseHead()).status).toBe(100);
    await client.send('hello');

    expect((await client.readResponse()).json()).toMatchObject({ body: 'hello' });
  });

  it('refuses an expectation that it does not know', async () => {
    expect((await stage.send(transport, '/', { headers: { Expect: 'miracles' } })).status).toBe(417);
  });

  it('answers OPTIONS * itself, and goes on', async () => {
    const upstream = stage.upstream('main');
    upstream.forget();
    await using client = await stage.connect(transport);

    const response = await client.exchange('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', 'OPTIONS');

    expect(response.status).toBe(204);
    expect(upstream.requests).toEqual([]);
    expect((await client.exchange(requestText('/next'))).status).toBe(200);
    expect((await client.exchange('GET * HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(400);
  });

  it('does not tunnel', async () => {
    await using client = await stage.connect(transport);

    await client.send('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n');

    const response = await client.readResponse();
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(600);
  });

  it.each([
    ['breaks off before an answer', '/raw/nothing', [502, 503]],
    ['speaks something else', '/raw/nonsense', [502]],
  ])('answers for an upstream that %s', async (_case, target, statuses) => {
    expect(statuses).toContain((await stage.send(transport, target)).status);
  });

  it('breaks off an answer that its upstream broke off', async () => {
    await using client = await stage.connect(transport);
    await client.send(requestText('/raw/broken'));

    await expect(client.readResponse()).rejects.toThrow(/of 100 bytes/v);
  });

  it('ends the upstream call when the client goes away', async () => {
    const upstream = stage.upstream('raw');
    upstream.forget();
    const client = await stage.connect(transport);
    await client.send(requestText('/raw/slow'));
    await client.readResponseHead();
    await waitFor(() => upstream.requests.length === 1, { what: 'the request upstream' });
    const busy = upstream.connections.find(({ requests }) => requests.length === 1)!;

    client.reset();

    await waitFor(() => busy.socket.closed, { what: 'the end of the upstream connection' });
  });

  it('ends the upstream call when a client goes away that has sent its next request ahead', async () => {
    const upstream = stage.upstream('raw');
    upstream.forget();
    const client = await stage.connect(transport);
    await client.send(requestText('/raw/slow'), requestText('/next'));
    await client.readResponseHead();
    await waitFor(() => upstream.requests.length === 1, { what: 'the request upstream' });
    const busy = upstream.connections.find(({ requests }) => requests.length === 1)!;

    client.reset();

    await waitFor(() => busy.socket.closed, { what: 'the end of the upstream connection' });
  });

  it('answers many requests that were sent ahead of their turn', async () => {
    await using client = await stage.connect(transport);
    const targets = Array.from({ length: 200 }, (_, i) => `/${i}/${'x'.repeat(1000)}`);

    void client.send(targets.map(target => requestText(target)).join(''));

    const answered: string[] = [];
    while (answered.length < targets.length) answered.push(((await client.readResponse()).json() as Echo).target);
    expect(answered).toEqual(targets);
  });

  it('does not use a connection again on which an upload broke off', async () => {
    const upstream = stage.upstream('main');
    upstream.forget();
    const client = await stage.connect(transport);
    await client.send('POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nonly this');
    await waitFor(() => upstream.connections.some(({ seen }) => seen.includes('only this')), {
      what: 'the first bytes upstream',
    });
    const busy = upstream.connections.find(({ seen }) => seen.includes('only this'))!;

    client.reset();

    await waitFor(() => busy.socket.closed, { what: 'the end of the upstream connection' });
    expect(busy.requests.filter(({ target }) => target === '/up')).toEqual([]);
  });

  it.each([
    ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a length and a coding', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n'],
  ])('refuses %s and closes', async (_case, text) => {
    await using client = await stage.connect(transport);

    await client.send(text);

    expect((await client.readResponse()).status).toBe(400);
    expect((await client.readUntilClose()).bytes).toHaveLength(0);
  });
});

describe.each(PROTOCOLS)('an upload over %s that nobody takes', protocol => {
  it('ends where its client goes away', async () => {
    const target = `/lazy/${protocol}`;
    const upload = await openUpload(stage, protocol, { target, byteCount: 100_000_000 });
    let takenBytes = 0;
    await waitFor(
      () => {
        const isStill = takenBytes > 0 && upload.takenBytes === takenBytes;
        ({ takenBytes } = upload);
        return isStill;
      },
      { what: 'the upload to stand still' },
    );

    upload.reset();

    await waitFor(() => stage.weir.accessLog.some(({ path, status }) => path === target && status === 499), {
      what: () => `the upload's end in the log\n${stage.weir.child.output}`,
    });
  });
});
