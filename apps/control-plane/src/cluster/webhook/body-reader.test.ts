// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BodyReader } from './body-reader.ts';

/** A body of which parts come one by one. */
function openBody(): PassThrough & IncomingMessage {
  return new PassThrough() as unknown as PassThrough & IncomingMessage;
}

async function send(body: PassThrough, bytes: number): Promise<void> {
  body.write(Buffer.alloc(bytes, 'a'));
  await setImmediate();
}

it('gives the text of a body, and refuses one that is too large before it is whole', async () => {
  const bodies = new BodyReader({ maxBytes: 10, maxAllBytes: 100 });
  const [whole, large] = [openBody(), openBody()];
  const text = bodies.read(whole);
  whole.end('{"a":1}');
  expect(await text).toBe('{"a":1}');
  const refused = expect(bodies.read(large)).rejects.toThrow('more than 10 bytes');
  await send(large, 11);
  await refused;
});

it('gives up whoever began first where all have too much, and lets others go on', async () => {
  const bodies = new BodyReader({ maxBytes: 10, maxAllBytes: 20 });
  const [stalled, second, third] = [openBody(), openBody(), openBody()];
  const givenUp = expect(bodies.read(stalled)).rejects.toThrow('too many bodies are under way');
  const texts = [bodies.read(second), bodies.read(third)];
  await send(stalled, 9);
  await send(second, 9);
  await send(third, 9);
  await givenUp;
  second.end();
  third.end();
  expect((await Promise.all(texts)).map(text => text.length)).toEqual([9, 9]);
});

it('has room again for as much as bodies had that are whole', async () => {
  const bodies = new BodyReader({ maxBytes: 10, maxAllBytes: 20 });
  for (let count = 0; count < 10; count++) {
    const body = openBody();
    const text = bodies.read(body);
    body.end(Buffer.alloc(10, 'a'));
    expect((await text).length).toBe(10);
  }
});
