// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forward, route, service } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { SpanCollector } from './stage/span-collector.ts';

// Two gateways with an application between: whether it is one trace is up to the application.

let collector: SpanCollector;
const running: AsyncDisposable[] = [];

beforeEach(async () => {
  collector = await SpanCollector.start();
  running.push(collector);
});

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function gatewayTo(name: string, port: number | 'echo'): Promise<Stage> {
  const stage = await openStage({
    backends: port === 'echo' ? { next: 'echo' } : {},
    documents: [...(port === 'echo' ? [] : service('next', [port])), route('all', [forward('/', 'next')])],
    flags: ['--workers', '1'],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: name },
  });
  running.push(stage);
  return stage;
}

/** Calls on for each request, with those of its fields that it hands on. */
async function appBefore(port: number, forwarded: readonly string[]): Promise<number> {
  const server = createServer((request, response) => {
    const headers = Object.fromEntries(forwarded.flatMap(name => [[name, String(request.headers[name])]]));
    void fetch(`http://localhost:${port}/inner`, { headers }).then(async answer => response.end(await answer.text()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
  return (server.address() as AddressInfo).port;
}

describe('a request through two gateways', () => {
  it('is one trace with right parents where the app between forwards its context', async () => {
    const inner = await gatewayTo('inner', 'echo');
    const outer = await gatewayTo('outer', await appBefore(inner.ports.http, ['traceparent']));
    expect((await outer.send('http', '/')).status).toBe(200);
    const spans = await collector.take(4);
    const of = (name: string, kind: string) => spans.find(span => span.service === name && span.kind === kind);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(of('outer', 'server')?.parentSpanId).toBe('');
    expect(of('outer', 'client')?.parentSpanId).toBe(of('outer', 'server')?.spanId);
    expect(of('inner', 'server')?.parentSpanId).toBe(of('outer', 'client')?.spanId);
    expect(of('inner', 'client')?.parentSpanId).toBe(of('inner', 'server')?.spanId);
  });

  it('is two traces where it does not', async () => {
    const inner = await gatewayTo('inner', 'echo');
    const outer = await gatewayTo('outer', await appBefore(inner.ports.http, []));
    expect((await outer.send('http', '/')).status).toBe(200);
    const spans = await collector.take(4);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
    expect(spans.filter(({ parentSpanId }) => parentSpanId === '').map(span => span.service)).toEqual(['outer', 'inner']);
  });
});
