// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage, PROTOCOLS } from './stage/open-stage.ts';
import type { Stage, StageOptions } from './stage/open-stage.ts';
import { SpanCollector } from './stage/span-collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SAMPLED = `00-${TRACE}-${CALLER}-01`;

let collector: SpanCollector;
const running: AsyncDisposable[] = [];

beforeEach(async () => {
  collector = await SpanCollector.start();
  running.push(collector);
});

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function stageOf(options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await openStage({
    backends: { shop: 'echo' },
    documents: [route('all', [forward('/shop', 'shop')])],
    flags: ['--workers', '1', '--otlp-endpoint', collector.url],
    ...options,
  });
  running.push(stage);
  return stage;
}

describe('weir up with a collector', () => {
  it.each(PROTOCOLS)('makes a server span and a client span of a request over %s', async protocol => {
    const stage = await stageOf();
    const seen = await stage.echo(protocol, '/shop/a?token=secret', { headers: { traceparent: SAMPLED, tracestate: 'a=b' } });
    const [server, client] = await collector.take(2);
    expect(server).toMatchObject({ service: 'weir', kind: 'server', name: 'GET /shop/*', traceId: TRACE, parentSpanId: CALLER });
    expect(client).toMatchObject({
      kind: 'client',
      name: 'GET',
      traceId: TRACE,
      parentSpanId: server?.spanId,
      traceState: 'a=b',
    });
    expect(seen.headers).toMatchObject({ traceparent: `00-${TRACE}-${client?.spanId}-01`, tracestate: 'a=b' });
  });
});
