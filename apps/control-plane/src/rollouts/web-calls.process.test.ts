// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { webCalls } from './web-calls.ts';

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
    await expect(webCalls.get(url, TIMEOUT_MS)).rejects.toThrow('its answer has more than 1048576 bytes');
    await closed.promise;
  });

  it('is not quoted where it is something else', async () => {
    const url = await serve((_request, response) => void response.end('AKIA-SECRET'));
    await expect(webCalls.get(url, TIMEOUT_MS)).rejects.toThrow(/^its answer is not JSON$/v);
  });
});
