// SPDX-License-Identifier: Apache-2.0
import { FAULTS } from '@weir/base';
import type { Exchange, FaultCode, Served } from '@weir/base';
import { Counter } from './counter.ts';
import type { Histogram } from './histogram.ts';
import { methodIndex, METHOD_LABELS } from './method-label.ts';
import type { Registry } from './registry.ts';

/** Above every status code, so that method and status make one number. */
const STATUS_SPAN = 1_000;

/** Routes come and go: beyond this many ways the index of their series is made anew, so that it cannot grow for ever. */
const MAX_INDEXED_PATHS = 20_000;

/** Counts what became of requests. */
export interface RequestMetrics {
  record(exchange: Exchange, durationMs: number): void;
}

/**
 * Finds the series of a request with its way, at first by nested maps over the strings of the configuration, and by a number for
 * method and status: no text is built for a request.
 */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const byListener = new Map<string, Map<string, Map<string, PathSeries>>>();
  let indexedPaths = 0;
  const add = (byBackend: Map<string, PathSeries>, path: PathSeries['path']): PathSeries => {
    if (++indexedPaths > MAX_INDEXED_PATHS) {
      indexedPaths = 0;
      byListener.clear();
    }
    const series = new PathSeries(registry, path);
    byBackend.set(path[2], series);
    return series;
  };
  const find = ({ listener, route, backend }: Served): PathSeries => {
    const byBackend = nested(nested(byListener, listener), route);
    return byBackend.get(backend) ?? add(byBackend, [listener, route, backend]);
  };
  return {
    record(exchange, durationMs) {
      const { served, way } = exchange;
      const known = way?.series;
      const series = known instanceof PathSeries ? known : find(served);
      if (way !== undefined) way.series = series;
      series.record(exchange, durationMs);
    },
  };
}

/** Stands where nothing was counted yet. */
const NO_COUNTER = new Counter();

/** The series of requests that took one way through the configuration. */
class PathSeries {
  private readonly registry: Registry;
  readonly path: readonly [listener: string, route: string, backend: string];
  private readonly durations: Histogram;
  private readonly upstream: Histogram;
  private readonly received: Counter;
  private readonly sent: Counter;
  private readonly retries: Counter;
  private readonly requests = new Map<number, Counter>();
  /** Most requests of a way end alike. */
  private lastKey = -1;
  private last = NO_COUNTER;
  private readonly faults = new Map<FaultCode, Counter>();

  constructor(registry: Registry, path: PathSeries['path']) {
    this.registry = registry;
    this.path = path;
    this.durations = registry.histogram('weir_http_request_duration_seconds', path);
    this.upstream = registry.histogram('weir_upstream_response_seconds', path);
    this.received = registry.counter('weir_http_request_bytes_total', path);
    this.sent = registry.counter('weir_http_response_bytes_total', path);
    this.retries = registry.counter('weir_http_retries_total', path);
  }

  record(exchange: Exchange, durationMs: number): void {
    this.requestCounter(methodIndex(exchange.request.method), statusOf(exchange)).value += 1;
    this.durations.observe(durationMs / 1_000);
    if (exchange.upstreamMs >= 0) this.upstream.observe(exchange.upstreamMs / 1_000);
    this.received.value += exchange.bytesReceived;
    this.sent.value += exchange.bytesSent;
    if (exchange.attempts > 1) this.retries.value += exchange.attempts - 1;
    if (exchange.fault !== undefined) this.faultCounter(exchange.fault).value += 1;
  }

  private requestCounter(method: number, status: number): Counter {
    const key = method * STATUS_SPAN + status;
    if (key === this.lastKey) return this.last;
    this.lastKey = key;
    this.last = this.requests.get(key) ?? this.addRequestCounter(key, method, status);
    return this.last;
  }

  private addRequestCounter(key: number, method: number, status: number): Counter {
    const labels = [...this.path, METHOD_LABELS[method] ?? '', String(status)] as const;
    const counter = this.registry.counter('weir_http_requests_total', labels);
    this.requests.set(key, counter);
    return counter;
  }

  private faultCounter(fault: FaultCode): Counter {
    const known = this.faults.get(fault);
    if (known !== undefined) return known;
    const counter = this.registry.counter('weir_http_faults_total', [...this.path, fault, FAULTS[fault].blame]);
    this.faults.set(fault, counter);
    return counter;
  }
}

/** Without a status sent, the one that the fault stands for: 499 when the client left first. */
export function statusOf({ status, fault }: Exchange): number {
  if (status !== 0 || fault === undefined) return status;
  return FAULTS[fault].status;
}

function nested<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}
