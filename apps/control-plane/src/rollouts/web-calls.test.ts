// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, it, vi } from 'vitest';
import { webCalls } from './web-calls.ts';

const URL = 'http://prometheus:9090/api/v1/query?query=up';

function answerWith(response: Response): void {
  vi.stubGlobal('fetch', () => Promise.resolve(response));
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it('reads what is asked for', async () => {
  answerWith(Response.json({ data: { result: [0, '1'] } }));
  expect(await webCalls.get(URL, 1_000)).toEqual({ data: { result: [0, '1'] } });
});

it('reads no more than an answer may have, however much comes', async () => {
  let parts = 0;
  const isEnded = vi.fn();
  const endless = new ReadableStream({
    pull: controller => {
      parts++;
      controller.enqueue(new Uint8Array(65_536));
    },
    cancel: isEnded,
  });
  answerWith(new Response(endless));
  await expect(webCalls.get(URL, 1_000)).rejects.toThrow('it answers more than 1048576 bytes');
  expect(isEnded).toHaveBeenCalledOnce();
  expect(parts).toBeLessThan(20);
});

it('tells nothing of what it cannot read', async () => {
  answerWith(new Response('<html>secret</html>'));
  await expect(webCalls.get(URL, 1_000)).rejects.toThrow('it does not answer JSON');
});

it('reads nothing of what is no answer', async () => {
  const isEnded = vi.fn();
  answerWith(new Response(new ReadableStream({ cancel: isEnded }), { status: 502 }));
  await expect(webCalls.get(URL, 1_000)).rejects.toThrow('it answers 502');
  expect(isEnded).toHaveBeenCalledOnce();
});
