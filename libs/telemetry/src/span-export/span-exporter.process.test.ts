// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@weir/base';
import { expect, it } from 'vitest';
import type { SpanRecord } from '../traces/span-record.ts';
import { createSpanExporter } from './span-exporter.ts';

const SPAN: SpanRecord = {
  ...{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: 'cf5be7b32b8f5bd7', parentSpanId: '', isParentRemote: false },
  ...{
    flags: 1,
    traceState: '',
    name: 'GET',
    kind: 'server',
    startMs: 0,
    durationMs: 1,
    attributes: {},
    hasFailed: false,
    detail: '',
  },
};
const COUNT = 8_000;

it.each([512, 64])('all that waits is sent at the end, in batches of %d, by a collector that takes its time', async batchSize => {
  const first = Promise.withResolvers<undefined>();
  let batchCount = 0;
  const server = createServer((request, response) => {
    batchCount += 1;
    request.resume().once('end', () => {
      void first.promise.then(() => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const settings = { url: `http://127.0.0.1:${port}/v1/traces`, headers: {}, timeoutMs: 10_000, resource: {} };
  const changes: string[] = [];
  const exporter = createSpanExporter({
    settings,
    batchSize,
    clock: systemClock,
    onChanged: ({ reason }) => void changes.push(reason),
  });
  exporter.take(Array.from({ length: COUNT }, () => SPAN));
  const closing = exporter.close(10_000);
  first.resolve(undefined);
  expect(await closing).toBe(0);
  expect(changes).toEqual([]);
  expect(batchCount).toBe(Math.ceil(COUNT / batchSize));
  const counts = exporter.dump().map(({ name, values }) => [name, [...values]]);
  expect(counts).toEqual([
    ['weir_spans_exported_total', [COUNT]],
    ['weir_spans_dropped_total', [0, 0]],
  ]);
  server.closeAllConnections();
  server.close();
});
