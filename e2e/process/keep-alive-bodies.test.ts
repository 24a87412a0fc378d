// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ backends: { main: 'echo' }, documents: [route('all', [forward('/', 'main')])] });
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

describe.each(PROTOCOLS)('a connection over %s', protocol => {
  // Below and above what is copied of a read, and of several reads.
  it.each([100, 9_000, 70_000, 300_000])('takes further requests after one with a body of %i bytes', async length => {
    await using client = await stage.open(protocol);
    const statuses: number[] = [];
    for (const body of [undefined, 'x'.repeat(length), undefined, 'y'.repeat(length), 'z'.repeat(length), undefined]) {
      const answer = await client.request('/', body === undefined ? {} : { method: 'POST', body });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
  });
});
