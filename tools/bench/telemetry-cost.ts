// SPDX-License-Identifier: Apache-2.0
import { openSync } from 'node:fs';
import { Exchange, HeaderList, systemClock } from '@weir/base';
import { createAccessLog, createLogWriter, createTelemetry, renderMetrics, writeToDescriptor } from '@weir/telemetry';
import type { AccessLog } from '@weir/telemetry';

/** What telemetry costs each request: `node tools/bench/telemetry-cost.ts`. The log goes to /dev/null, so that no disk is measured. */

const ROUNDS = 7;
const REQUESTS_PER_ROUND = 100_000;
/** Lets the log's writes happen between batches, as sockets do in a worker. */
const BATCH = 1_000;
const SERIES_ROUTES = 400;

const TOKEN = 'x'.repeat(450);

function exampleExchange(route: number): Exchange {
  const exchange = new Exchange({
    request: {
      method: 'GET',
      scheme: 'http',
      authority: 'shop.example:8080',
      host: 'shop.example',
      path: '/catalogue/items/42',
      query: 'page=2',
      headers: HeaderList.of(
        ['accept', 'application/json'],
        ['authorization', `Bearer ${TOKEN}`],
        ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
        ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
      ),
    },
    body: { contentLength: 0, isStarted: false, pipe: () => undefined, resume: () => undefined, discard: () => undefined },
    downstream: {
      remoteAddress: '192.0.2.1',
      remotePort: 50_000,
      localAddress: '192.0.2.10',
      localPort: 80,
      isTls: false,
      serverName: undefined,
      clientCertificate: undefined,
    },
    startedMs: systemClock.nowMs() - 1.5,
    protocol: 'HTTP/1.1',
  });
  exchange.requestId = `0123456789abcdef0123456789abc${route}`;
  exchange.target = '/catalogue/items/42?page=2';
  exchange.served = {
    listener: 'shop/edge/http',
    route: `shop/route-${route}`,
    rule: `rule/shop/route-${route}/0`,
    backend: 'shop/catalogue:8080',
    revision: '',
    endpoint: '127.0.0.1:9001',
  };
  return Object.assign(exchange, { status: 200, attempts: 1, upstreamMs: 1.2, bytesSent: 1_024 });
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Microseconds of processor time of this process per request, the log's writes in the thread pool included. */
async function measure(accessLog: AccessLog | undefined): Promise<number> {
  const telemetry = createTelemetry({ clock: systemClock, accessLog });
  const exchanges = Array.from({ length: 10 }, (_, route) => exampleExchange(route));
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < REQUESTS_PER_ROUND; i++) {
      const exchange = exchanges[i % exchanges.length];
      if (exchange === undefined) continue;
      telemetry.requestStarted(exchange);
      telemetry.requestEnded(exchange);
      if (i % BATCH === 0) await new Promise(setImmediate);
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / REQUESTS_PER_ROUND);
  }
  telemetry.close();
  return median(rounds);
}

/** Milliseconds for a dump with full label sets, its copy to another thread, and the page made of it. */
function measureScrape(): Record<string, number> {
  const telemetry = createTelemetry({ clock: systemClock, accessLog: undefined });
  for (let route = 0; route < SERIES_ROUTES; route++) telemetry.requestEnded(exampleExchange(route));
  const timings = { dump: [] as number[], clone: [] as number[], render: [] as number[] };
  const timed = <Value>(list: number[], action: () => Value): Value => {
    const startMs = performance.now();
    const value = action();
    list.push(performance.now() - startMs);
    return value;
  };
  for (let round = 0; round < 30; round++) {
    const dump = timed(timings.dump, () => telemetry.dump());
    const copy = timed(timings.clone, () => structuredClone(dump));
    timed(timings.render, () => renderMetrics([copy, copy]));
  }
  telemetry.close();
  return Object.fromEntries(Object.entries(timings).map(([name, list]) => [`${name}Ms`, Number(median(list).toFixed(3))]));
}

async function main(): Promise<void> {
  const writer = createLogWriter(writeToDescriptor(openSync('/dev/null', 'a')), {
    clock: systemClock,
    // A line costs more than a drop, so that none may be dropped here.
    maxBufferedBytes: 256 * 1_048_576,
  });
  const metricsOnly = await measure(undefined);
  const json = await measure(createAccessLog({ format: 'json', writer, clock: systemClock }));
  await writer.close();
  console.log(`metrics            ${metricsOnly.toFixed(2)} µs per request`);
  console.log(`metrics + JSON log ${json.toFixed(2)} µs per request, ${writer.droppedLineCount()} lines dropped`);
  console.log(`scrape of ${SERIES_ROUTES} routes ${JSON.stringify(measureScrape())}`);
}

await main();
