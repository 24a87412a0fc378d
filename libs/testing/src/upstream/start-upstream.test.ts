// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { connectRaw } from '../client/raw-client.ts';
import { requestText } from '../client/request-text.ts';
import { request } from '../client/request.ts';
import { waitFor } from '../wait-for.ts';
import { answering, echo, reply } from './answering.ts';
import { startUpstream } from './start-upstream.ts';

describe('a scripted upstream', () => {
  it('answers requests in order on one connection and remembers them', async () => {
    await using upstream = await startUpstream(answering(echo('one')));
    await using client = await connectRaw({ port: upstream.port });

    await client.send(requestText('/first'), requestText('/second', { method: 'POST', body: 'hello' }));

    expect((await client.readResponse()).json()).toMatchObject({ backend: 'one', target: '/first' });
    expect((await client.readResponse()).json()).toMatchObject({ method: 'POST', body: 'hello' });
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/first', '/second']);
    expect(upstream.connections).toHaveLength(1);
  });

  it('records the exact bytes, whatever packets they came in', async () => {
    await using upstream = await startUpstream(answering(() => reply()));
    await using client = await connectRaw({ port: upstream.port });

    await client.send('GET / HT', 'TP/1.1\r\nHo', 'st: a\r\n\r\n');
    await client.readResponse();

    expect(upstream.connections[0]!.seen).toBe('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  });

  it('can break off in the middle of an answer', async () => {
    await using upstream = await startUpstream(async connection => {
      await connection.readRequest();
      await connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      connection.reset();
    });

    await expect(request({ port: upstream.port }, '/')).rejects.toThrow(/expected 6 of 10 bytes|ECONNRESET/v);
  });

  it('holds back a sender when it does not read', async () => {
    await using upstream = await startUpstream(async connection => {
      await connection.readRequestHead();
      await connection.closed;
    });
    await using client = await connectRaw({ port: upstream.port });
    await client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');

    client.socket.write(Buffer.alloc(50_000_000));
    await waitFor(() => upstream.requests.length === 1, { what: 'the head' });

    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(upstream.connections[0]!.reader.receivedBytes).toBeLessThan(1_000_000);
  });

  it('fails its scope when the peer spoke improper HTTP', async () => {
    const upstream = await startUpstream(answering(() => reply()));
    await using client = await connectRaw({ port: upstream.port });

    await client.send('GET / HTTP/1.1\r\nHost : a\r\n\r\n');
    await client.readUntilClose();

    await expect(upstream[Symbol.asyncDispose]()).rejects.toThrow('an upstream script failed');
  });
});

describe('reading a response', () => {
  it.each([
    ['a bare LF', 'HTTP/1.1 200 OK\n\n', 'bare LF'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 'several Content-Length'],
    ['length and coding', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na', 'both'],
    ['a chunk that lies', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n', 'longer than its size'],
  ])('refuses %s', async (_name, bytes, message) => {
    await using upstream = await startUpstream(answering(() => bytes));

    await expect(request({ port: upstream.port }, '/')).rejects.toThrow(message);
  });

  it('gives interim responses, chunks and trailers', async () => {
    const bytes =
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' +
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nDigest: x\r\n\r\n';
    await using upstream = await startUpstream(answering(() => bytes));

    const response = await request({ port: upstream.port }, '/');

    expect(response.interim.map(({ status }) => status)).toEqual([103]);
    expect(response.text).toBe('abc');
    expect(response.chunkSizes).toEqual([2, 1]);
    expect(response.trailer('digest')).toBe('x');
  });
});
