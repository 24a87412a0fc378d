// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { guardedWebCalls, webCalls } from './web-calls.ts';

const TIMEOUT_MS = 20_000;
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** URL of a server that answers so. */
async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('what a server that a Rollout names answers', () => {
  it('is read as JSON', async () => {
    const url = await serve((_request, response) => void response.end('{"data":{"result":[0,"1"]}}'));
    expect(await webCalls.get(url, TIMEOUT_MS)).toEqual({ data: { result: [0, '1'] } });
  });

  it('is read no further than anybody has something to say, and not to its end', async () => {
    const closed = Promise.withResolvers<unknown>();
    const url = await serve((_request, response) => {
      response.once('close', () => closed.resolve(undefined));
      const more = Buffer.alloc(65_536, ' ');
      const goOn = (): void => {
        while (!response.destroyed && response.write(more));
      };
      response.on('drain', goOn);
      goOn();
    });
    await expect(webCalls.get(url, TIMEOUT_MS)).rejects.toThrow('it answers more than 1048576 bytes');
    await closed.promise;
  });

  it('is not quoted where it is something else, and not read where it is an error', async () => {
    const url = await serve(({ url: path }, response) => {
      response.statusCode = path === '/' ? 200 : 502;
      response.end('AKIA-SECRET');
    });
    await expect(webCalls.get(url, TIMEOUT_MS)).rejects.toThrow(/^it does not answer JSON$/v);
    await expect(webCalls.get(`${url}/failing`, TIMEOUT_MS)).rejects.toThrow(/^it answers 502$/v);
  });

  it('is waited for no longer than is said, also in its middle', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.write('{');
    });
    await expect(webCalls.get(url, 300)).rejects.toThrow(/abort/iv);
  });

  it('to a POST is its status', async () => {
    const told = Promise.withResolvers<string>();
    const url = await serve((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        told.resolve(`${request.method} ${request.headers['content-type']} ${text}`);
        response.writeHead(204).end();
      });
    });
    const options = { contentType: 'application/json', timeoutMs: TIMEOUT_MS };
    expect(await webCalls.post(url, { step: 1 }, options)).toBe(204);
    expect(await told.promise).toBe('POST application/json {"step":1}');
  });
});

describe('where tenants write Rollouts', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '0.0.0.0', '2130706433'])(
    'nothing is called at the machine itself, as by http://%s',
    async host => {
      let count = 0;
      const { port } = new URL(
        await serve((_request, response) => {
          count++;
          response.end('{}');
        }),
      );
      const url = `http://${host}:${port}/`;
      await expect(guardedWebCalls.get(url, TIMEOUT_MS)).rejects.toThrow('is for the control plane and its node alone');
      const options = { contentType: 'application/json', timeoutMs: TIMEOUT_MS };
      await expect(guardedWebCalls.post(url, {}, options)).rejects.toThrow('is for the control plane and its node alone');
      expect(count).toBe(0);
    },
  );
});
