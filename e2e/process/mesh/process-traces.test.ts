// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import { answering, createTempDirectory, echo, findFreePorts, request, startUpstream, waitFor } from '@weir/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReceivedSpan } from '../stage/otlp-message.ts';
import { SpanCollector } from '../stage/span-collector.ts';
import { ForwardingApp } from './stage/forwarding-app.ts';
import { ProcessMesh } from './stage/process-mesh.ts';
import type { RunningSidecarProcess } from './stage/process-mesh.ts';

// Sidecars that are processes of their own, under a control plane: each sends its spans itself.

/** Half a dozen processes start in each. */
vi.setConfig({ testTimeout: 60_000 });

let running = new AsyncDisposableStack();

afterEach(async () => {
  await running.disposeAsync();
  running = new AsyncDisposableStack();
});

interface Chain {
  readonly collector: SpanCollector;
  readonly sidecars: readonly RunningSidecarProcess[];
  /** Calls `cart` as `web` does. */
  call(): Promise<number>;
}

/** `web` calls `cart`, which calls `orders`, which calls `stock`. */
async function openChain(): Promise<Chain> {
  const collector = running.use(await SpanCollector.start());
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const forwards = ['traceparent', 'tracestate'];
  const cart = running.use(await ForwardingApp.start({ forwards }));
  const orders = running.use(await ForwardingApp.start({ forwards }));
  const stock = running.use(await startUpstream(answering(echo('stock'))));
  const mesh = running.use(await ProcessMesh.start({ services: ['cart', 'orders', 'stock'] }));
  const sidecars = await Promise.all([
    mesh.startSidecar({ service: 'web', calls: ['cart'], env }),
    mesh.startSidecar({ service: 'cart', application: cart.port, calls: ['orders'], env }),
    mesh.startSidecar({ service: 'orders', application: orders.port, calls: ['stock'], env }),
    mesh.startSidecar({ service: 'stock', application: stock.port, env }),
  ]);
  const [web, ofCart, ofOrders] = sidecars;
  cart.next = ofCart.calls.get('orders') ?? 0;
  orders.next = ofOrders.calls.get('stock') ?? 0;
  const port = web.calls.get('cart') ?? 0;
  return { collector, sidecars, call: async () => (await request({ port }, '/', { headers: { Connection: 'close' } })).status };
}

/** Service, kind and listener of each span from its trace's beginning on, each the parent of the next. */
function pathOf(spans: readonly ReceivedSpan[], parent = ''): readonly string[] {
  const [span, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === parent);
  expect(others).toEqual([]);
  if (span === undefined) return [];
  const name = `${span.service} ${span.kind} ${String(span.attributes['weir.listener'] ?? '')}`.trim();
  return [name, ...pathOf(spans, span.spanId)];
}

describe('a request through three services with sidecars of their own', () => {
  it('is one trace with right parents, each span of the workload whose sidecar made it', async () => {
    const { collector, call, sidecars } = await openChain();
    expect(await call()).toBe(200);
    const spans = await collector.take(12);
    expect(spans).toHaveLength(12);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(pathOf(spans)).toEqual([
      'web server mesh/shop/cart/80',
      'web client',
      'cart server inbound/shop/cart/80',
      'cart client',
      'cart server mesh/shop/orders/80',
      'cart client',
      'orders server inbound/shop/orders/80',
      'orders client',
      'orders server mesh/shop/stock/80',
      'orders client',
      'stock server inbound/shop/stock/80',
      'stock client',
    ]);
    expect((await sidecars[1]?.ask('/metrics'))?.text).toMatch(/^weir_spans_exported_total 4$/mv);
  });

  it('is not lost where the sidecars end right after it', async () => {
    const { collector, call, sidecars } = await openChain();
    expect(await call()).toBe(200);
    await Promise.all(sidecars.map(async ({ child }) => child.stop()));
    expect(collector.spans).toHaveLength(12);
  });
});

describe('a sidecar whose collector does not take spans', () => {
  it('carries on, says so once, and says so again when it does', async () => {
    const collector = running.use(await SpanCollector.start());
    collector.mood = 'refuse';
    const stock = running.use(await startUpstream(answering(echo('stock'))));
    const mesh = running.use(await ProcessMesh.start({ services: ['stock'] }));
    await mesh.startSidecar({ service: 'stock', application: stock.port });
    const flags = ['--otlp-endpoint', collector.url, '--trace-ratio', '1'];
    const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '500' };
    const { child, calls } = await mesh.startSidecar({ service: 'web', calls: ['stock'], flags, env });
    const call = async () => (await request({ port: calls.get('stock') ?? 0 }, '/', { headers: { Connection: 'close' } })).status;
    expect(await call()).toBe(200);
    await child.sees(/^spans are lost: http:.*\/v1\/traces did not take them: .+; traffic is not affected/mv);
    collector.mood = 'take';
    expect(await call()).toBe(200);
    await child.sees(/^http:.*\/v1\/traces takes spans again$/mv);
    expect(child.stderr.match(/spans are lost/gv)).toHaveLength(1);
  });
});

describe('weir run', () => {
  it('sends the spans of its command, the last ones too, before it ends with it', async () => {
    const collector = running.use(await SpanCollector.start());
    const stock = running.use(await startUpstream(answering(echo('stock'))));
    const mesh = running.use(await ProcessMesh.start({ services: ['stock'] }));
    await mesh.startSidecar({ service: 'stock', application: stock.port });
    const [port = 0] = await findFreePorts(1);
    const script = `fetch('http://127.0.0.1:${port}/').then(({ status }) => process.exit(status === 200 ? 7 : 1))`;
    const flags = ['--upstream', `stock=${port}`, '--otlp-endpoint', collector.url];
    const child = await mesh.run('web', flags, [process.execPath, '--eval', script]);
    const { code } = await child.exited;
    expect([code, child.stdout]).toEqual([7, '']);
    expect(collector.spans.map(({ service, kind }) => `${service} ${kind}`).toSorted()).toEqual(['web client', 'web server']);
  });
});

/** Notes what a process loads. */
function noteModules(file: string): Readonly<Record<string, string>> {
  const hook = `import { registerHooks } from 'node:module';
import { appendFileSync } from 'node:fs';
registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(file)}, url + '\\n'), next(url, context)) });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
}

describe('the process of a sidecar', () => {
  it.each([[false], [true]])('loads what exports spans where that is asked for (%s), and never what compiles', async isAsked => {
    const collector = running.use(await SpanCollector.start());
    const directory = running.use(await createTempDirectory());
    const file = `${directory.path}/modules`;
    const mesh = running.use(await ProcessMesh.start({ services: ['web'] }));
    const flags = ['--otlp-endpoint', isAsked ? collector.url : 'off'];
    await mesh.startSidecar({ service: 'web', application: 9, flags, env: noteModules(file) });
    const urls = (await waitFor(() => readFile(file, 'utf8'), { what: 'modules' })).split('\n');
    expect(urls.some(url => url.endsWith('/start-sidecar.ts'))).toBe(true);
    expect(urls.some(url => /\/@opentelemetry\/|\/span-export\//v.test(url))).toBe(isAsked);
    expect(urls.filter(url => /\/node_modules\/(?:zod|yaml|express|chokidar|@peculiar|@kubernetes)\//v.test(url))).toEqual([]);
  });
});
