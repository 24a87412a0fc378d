// SPDX-License-Identifier: Apache-2.0
import { answering, requestText, runWeir, waitFor } from '@weir/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forward, route } from './stage/documents.ts';
import { openStage } from './stage/open-stage.ts';
import type { Stage } from './stage/open-stage.ts';
import { SpanCollector } from './stage/span-collector.ts';

// What becomes of spans where their collector is slow, away or gone, and at the end.

let collector: SpanCollector;
const running: AsyncDisposable[] = [];

beforeEach(async () => {
  collector = await SpanCollector.start();
  running.push(collector);
});

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** Answers some requests never. */
const backend = answering(request => (request.target === '/never' ? undefined : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));

async function stageTo(url: string, env: Readonly<Record<string, string>> = {}, ...flags: readonly string[]): Promise<Stage> {
  const stage = await openStage({
    backends: { all: backend },
    documents: [route('all', [forward('/', 'all')])],
    flags: ['--workers', '2', '--drain-delay', '0', ...flags],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env },
  });
  running.push(stage);
  return stage;
}

async function sendMany(stage: Stage, count: number): Promise<void> {
  await using client = await stage.open('http');
  for (let i = 0; i < count; i++) expect((await client.request('/')).status).toBe(200);
}

async function counted(stage: Stage, series: string): Promise<number> {
  const line = (await stage.weir.metrics()).split('\n').find(text => text.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

describe('at the end of a gateway', () => {
  it('all spans reach the collector, those of requests that the deadline ended too', async () => {
    const stage = await stageTo(collector.url, {}, '--drain-deadline', '500ms');
    await Promise.all(Array.from({ length: 8 }, () => sendMany(stage, 150)));
    const late = await stage.connect('http');
    late.socket.write(requestText('/never'));
    await waitFor(() => stage.upstream('all').requests.some(({ target }) => target === '/never'), { what: 'the last request' });
    expect(await stage.weir.child.stop()).toEqual({ code: 0, signal: null });
    const ofKind = (kind: string) => collector.spans.filter(span => span.kind === kind);
    expect([ofKind('server').length, ofKind('client').length]).toEqual([1201, 1201]);
    const servers = new Map(ofKind('server').map(span => [span.spanId, span]));
    for (const { parentSpanId, traceId } of ofKind('client')) expect(servers.get(parentSpanId)?.traceId).toBe(traceId);
    const cut = ofKind('server').filter(({ attributes }) => attributes['error.type'] === 'drain_deadline');
    expect(cut).toMatchObject([{ hasFailed: true, attributes: { 'url.path': '/never' } }]);
  });

  it('the spans of the last moment are not left behind by a worker that ends at once', async () => {
    const stage = await stageTo(collector.url);
    await sendMany(stage, 20);
    expect(await stage.weir.child.stop()).toEqual({ code: 0, signal: null });
    expect(collector.spans).toHaveLength(40);
  });

  it('a collector that says nothing is not waited for beyond the deadline, and what it has not taken is said to be lost', async () => {
    collector.mood = 'hang';
    const stage = await stageTo(collector.url, {}, '--drain-deadline', '2s');
    await sendMany(stage, 10);
    const startMs = performance.now();
    expect(await stage.weir.child.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(stage.weir.child.stderr).toContain('20 spans were not taken before the end, and are lost');
  });
});

describe('a collector that does not take spans', () => {
  it('costs no request anything; what is lost is counted and said, and so is when it takes them again', async () => {
    collector.mood = 'refuse';
    const stage = await stageTo(collector.url, { OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    await sendMany(stage, 20);
    await stage.weir.child.sees(
      /spans are lost: http:\/\/127\.0\.0\.1:\d+\/v1\/traces did not take them: .*traffic is not affected/,
    );
    expect(await counted(stage, 'weir_spans_dropped_total{reason="failed"}')).toBe(40);
    await sendMany(stage, 20);
    await waitFor(async () => (await counted(stage, 'weir_spans_dropped_total{reason="failed"}')) === 80, {
      what: 'more losses',
    });
    expect(stage.weir.child.stderr.match(/spans are lost/g)).toHaveLength(1);
    collector.mood = 'take';
    await sendMany(stage, 5);
    await stage.weir.child.sees(/recovered: .* takes spans again/);
    expect(await counted(stage, 'weir_spans_exported_total')).toBe(10);
  });

  it('says why where nobody listens', async () => {
    const { url } = collector;
    await collector[Symbol.asyncDispose]();
    running.splice(running.indexOf(collector), 1);
    const stage = await stageTo(url, { OTEL_EXPORTER_OTLP_TIMEOUT: '300' });
    await sendMany(stage, 1);
    await stage.weir.child.sees(/did not take them: connect ECONNREFUSED/);
  });

  it('holds a bounded number of them, and requests go on', async () => {
    collector.mood = 'hang';
    const stage = await stageTo(collector.url, { OTEL_EXPORTER_OTLP_TIMEOUT: '60000' });
    const perConnection = 1_000;
    await Promise.all(Array.from({ length: 6 }, () => sendMany(stage, perConnection)));
    const lost = 6 * perConnection * 2 - 8_192;
    await waitFor(async () => (await counted(stage, 'weir_spans_dropped_total{reason="queue"}')) === lost, {
      what: `${lost} lost spans`,
    });
    await sendMany(stage, 10);
  });
});

describe('without a collector', () => {
  it('trace context goes through as it came, however wrong', async () => {
    const stage = await openStage({ backends: { all: 'echo' }, documents: [route('all', [forward('/', 'all')])] });
    running.push(stage);
    const headers = { traceparent: 'nonsense', tracestate: 'A=' };
    expect((await stage.echo('http', '/', { headers })).headers).toMatchObject(headers);
    expect((await stage.echo('http', '/')).headers).not.toHaveProperty('traceparent');
    expect(await stage.weir.metrics()).not.toContain('weir_spans');
  });

  it('settings that cannot be are refused with words', async () => {
    const up = await runWeir(['up', '.', '--trace-ratio', '2', '--otlp-endpoint', 'http://127.0.0.1:4318']);
    expect(await up.exited).toEqual({ code: 2, signal: null });
    expect(up.stderr).toContain("argument '2' is invalid. Write a number from 0 to 1");
    const where = await runWeir(['up', '.', '--otlp-endpoint', 'collector:4318']);
    expect(where.stderr).toContain("argument 'collector:4318' is invalid. Write the URL of a collector");
    const alone = await runWeir(['up', '.', '--trace-ratio', '0.5']);
    expect(await alone.exited).toEqual({ code: 2, signal: null });
    expect(alone.stderr).toContain('write --otlp-endpoint URL as well');
  });
});
