// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from 'vitest';
import { forward } from '../stage/documents.ts';
import type { ReceivedSpan } from '../stage/otlp-message.ts';
import { SpanCollector } from '../stage/span-collector.ts';
import { ForwardingApp } from './stage/forwarding-app.ts';
import { EDGE_PARENT, meshRoute } from './stage/mesh-documents.ts';
import { openMeshStage } from './stage/mesh-stage.ts';
import type { MeshStage } from './stage/mesh-stage.ts';

// A request through the edge and three services.

let running = new AsyncDisposableStack();

afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

interface Chain {
  readonly collector: SpanCollector;
  readonly stage: MeshStage;
}

/** `cart` calls `orders`, which calls `stock`. */
async function openChain(forwards: readonly string[]): Promise<Chain> {
  const collector = running.use(await SpanCollector.start());
  const cart = running.use(await ForwardingApp.start({ forwards }));
  const orders = running.use(await ForwardingApp.start({ forwards }));
  const stage = running.use(
    await openMeshStage({
      apps: {
        cart: { answers: cart.port, calls: ['orders'] },
        orders: { answers: orders.port, calls: ['stock'] },
        stock: {},
      },
      documents: [meshRoute('cart', { parents: [EDGE_PARENT], rules: [forward('/', 'cart')] })],
      flags: ['--otlp-endpoint', collector.url],
    }),
  );
  cart.next = stage.at('cart', 'orders').port;
  orders.next = stage.at('orders', 'stock').port;
  return { collector, stage };
}

/** Edge, then a receiver, then caller and receiver of each further call. */
const HOPS = [
  'shop/edge/http',
  'inbound/shop/cart/80',
  'mesh/shop/orders/80',
  'inbound/shop/orders/80',
  'mesh/shop/stock/80',
  'inbound/shop/stock/80',
];

/** Listener and caller of each server span from its trace's beginning on. */
function pathOf(spans: readonly ReceivedSpan[], beginning: ReceivedSpan): readonly string[] {
  const path: string[] = [];
  for (let span: ReceivedSpan | undefined = beginning; span !== undefined; span = childOf(spans, span)) {
    const { 'weir.listener': listener, 'weir.peer_identity': peer = '-' } = span.attributes;
    if (span.kind === 'server') path.push(`${String(listener)} ${peer}`);
  }
  return path;
}

function childOf(spans: readonly ReceivedSpan[], { spanId, traceId }: ReceivedSpan): ReceivedSpan | undefined {
  const children = spans.filter(span => span.parentSpanId === spanId && span.traceId === traceId);
  expect(children.length).toBeLessThanOrEqual(1);
  return children[0];
}

describe('a request through the edge and three services', () => {
  it('is one trace with right parents where the applications forward its context', async () => {
    const { collector, stage } = await openChain(['traceparent', 'tracestate']);
    expect((await stage.sendToEdge('/')).status).toBe(200);
    const spans = await collector.take(2 * HOPS.length);
    expect(spans).toHaveLength(2 * HOPS.length);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const [first, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === '');
    expect(others).toEqual([]);
    expect(first === undefined ? [] : pathOf(spans, first)).toEqual([
      'shop/edge/http -',
      'inbound/shop/cart/80 weir-system/gateway',
      'mesh/shop/orders/80 -',
      'inbound/shop/orders/80 shop/cart',
      'mesh/shop/stock/80 -',
      'inbound/shop/stock/80 shop/orders',
    ]);
  });

  it('is a trace for each application that does not', async () => {
    const { collector, stage } = await openChain([]);
    expect((await stage.sendToEdge('/')).status).toBe(200);
    const spans = await collector.take(2 * HOPS.length);
    const beginnings = spans.filter(({ parentSpanId }) => parentSpanId === '').map(span => span.attributes['weir.listener']);
    expect(beginnings).toEqual([HOPS[0], HOPS[2], HOPS[4]]);
  });

  it('is not lost where the process ends right after it', async () => {
    const { collector, stage } = await openChain(['traceparent']);
    expect((await stage.sendToEdge('/')).status).toBe(200);
    await stage.weir.child.stop();
    expect(collector.spans).toHaveLength(2 * HOPS.length);
  });
});
