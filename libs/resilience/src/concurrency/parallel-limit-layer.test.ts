// SPDX-License-Identifier: Apache-2.0
import { Fault, HeaderList } from '@weir/base';
import { createRecordingHandler, createScriptedDispatch, createTestExchange } from '@weir/testing';
import { expect, it } from 'vitest';
import { BackendMemory, backendMemoryBytes, COLUMN } from '../backend-memory/backend-memory.ts';
import { createParallelLimitLayer } from './parallel-limit-layer.ts';
import { SharedCount } from './shared-count.ts';

const HEAD = { status: 200, headers: new HeaderList(), contentLength: 0 };

/** Two workers in front of one backend. */
function start(max: number) {
  const buffer = new SharedArrayBuffer(backendMemoryBytes(1, 2));
  const upstream = createScriptedDispatch();
  const dispatches = [0, 1].map(workerIndex => {
    const count = new SharedCount(new BackendMemory(buffer, { workerIndex, workerCount: 2 }).at(0), COLUMN.inFlight);
    return createParallelLimitLayer({ count, max, label: 'shop/cart:80', onRefused: () => undefined })(upstream.dispatch);
  });
  const send = (worker: number) => {
    const handler = createRecordingHandler();
    return { handler, call: dispatches[worker]!(createTestExchange(), handler) };
  };
  return { upstream, send };
}

it('refuses calls beyond the number, of all workers together, until one ends', async () => {
  const { upstream, send } = start(2);
  const calls = [send(0), send(1), send(0), send(1)];
  await Promise.resolve();
  expect(calls.map(({ handler }) => handler.events)).toEqual([[], [], ['fault backend_busy'], ['fault backend_busy']]);
  upstream.attempts[0]!.handler.onHead(HEAD);
  upstream.attempts[0]!.handler.onEnd(undefined);
  send(1);
  expect(upstream.attempts).toHaveLength(3);
});

it('gets the place of a call back once, however it ends', async () => {
  const { upstream, send } = start(1);
  const cancelled = send(0);
  cancelled.call.cancel();
  cancelled.call.cancel();
  send(0);
  upstream.last.handler.onFault(new Fault('upstream_reset', 'gone'));
  send(1);
  const refused = send(0);
  await Promise.resolve();
  expect([upstream.attempts.length, refused.handler.events]).toEqual([3, ['fault backend_busy']]);
});
