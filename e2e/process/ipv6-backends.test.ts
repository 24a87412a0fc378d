// SPDX-License-Identifier: Apache-2.0
import { networkInterfaces } from 'node:os';
import { answering, echo, requestText, startUpstream, waitFor } from '@weir/testing';
import type { RawClient, Upstream } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { portService } from './stage/stream-documents.ts';

const hasIpv6 = Object.values(networkInterfaces()).some(addresses => addresses?.some(({ address }) => address === '::1'));

describe.skipIf(!hasIpv6)('backends on ::1 (skipped where loopback has no IPv6)', () => {
  let stage: Stage;
  let stuck: Upstream;
  let free: Upstream;

  beforeAll(async () => {
    stuck = await startUpstream(
      answering(() => undefined),
      { host: '::1' },
    );
    free = await startUpstream(answering(echo('free')), { host: '::1' });
    const places = [stuck, free].map(({ port }) => ({ address: '::1', port }));
    stage = await openStage({
      backends: {},
      documents: [...portService('six', places), route('all', [forward('/', 'six')])],
    });
  });

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await Promise.all([stuck, free].map(upstream => upstream[Symbol.asyncDispose]()));
  });

  /** Sends a request, and reads its answer unless it went to the endpoint that gives none. */
  async function isAnswered(client: RawClient): Promise<boolean> {
    const arrivals = (): number => stuck.requests.length + free.requests.length;
    const before = arrivals();
    await client.send(requestText('/'));
    await waitFor(() => arrivals() > before, { what: 'the request to arrive' });
    if (stuck.requests.length > 0) return false;
    await client.readResponse();
    return true;
  }

  it('are balanced by what each has in flight', async () => {
    await using client = await stage.connect('http');
    while (await isAnswered(client)) expect(stuck.requests).toHaveLength(0);
    for (let i = 0; i < 20; i++) {
      const answer = (await stage.send('http', '/')).json();
      expect(answer).toMatchObject({ backend: 'free' });
    }
  });
});
