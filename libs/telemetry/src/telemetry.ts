// SPDX-License-Identifier: Apache-2.0
import { FAULTS } from '@weir/base';
import type { Clock, Exchange } from '@weir/base';
import type { AccessLog } from './access-log/access-log.ts';
import { createBackendMetrics } from './backends/backend-metrics.ts';
import type { BackendRefusal } from './backends/backend-metrics.ts';
import type { MetricsDump } from './metrics/metrics-dump.ts';
import { createRegistry } from './metrics/registry.ts';
import type { Registry } from './metrics/registry.ts';
import { createRequestMetrics } from './metrics/request-metrics.ts';
import { createRevisionMetrics } from './metrics/revision-metrics.ts';
import { RefusalLimit } from './refusals/refusal-limit.ts';
import type { RefusalRecord } from './refusals/refusal-record.ts';
import { createStoreMetrics } from './stores/store-metrics.ts';
import type { StoreMetrics } from './stores/store-metrics.ts';
import { createStreamMetrics } from './streams/stream-metrics.ts';
import type { StreamMetrics } from './streams/stream-metrics.ts';
import type { StreamRecord } from './streams/stream-record.ts';
import type { Tracer } from './traces/tracer.ts';

export interface TelemetryOptions {
  readonly clock: Clock;
  /** Undefined = no line per request. */
  readonly accessLog: AccessLog | undefined;
  /** Undefined = tracing is off: requests keep their fields, and nobody reads them. */
  readonly traces?: Traces | undefined;
}

/** The spans of a thread. */
export interface Traces {
  readonly tracer: Tracer;
  /** Spans lost since the start, on their way to where they are exported. */
  droppedSpanCount(): number;
}

/** What one worker tells of its traffic. Nothing here waits, throws or allocates per request what it need not. */
export interface Telemetry extends StoreMetrics {
  /** A client's connection was accepted; `port`: the name of its Port resource. */
  connectionOpened(port: string): void;
  /** With the same `port` as its opening. */
  connectionClosed(port: string): void;
  /** A client's connection ended before it was a request's or a stream's: counts it, and writes a line where there is room (`RefusalLimit`). */
  connectionRefused(record: RefusalRecord): void;
  /** A copy for a mirror was given up; `backend`: its resource's name. */
  mirrorDropped(backend: string): void;
  /** A policy has asked a service, or was kept from it; `backend`: its resource's name. */
  serviceCalled(backend: string, result: 'answered' | 'failed' | 'refused'): void;
  /** A policy has delayed or ended a request on purpose; `fault`: `namespace/policy#fault`. */
  faultInjected(fault: string, effect: 'abort' | 'delay'): void;
  /** A key set of a token issuer was fetched, or could not be; `url`: of the configuration. */
  keySetFetched(url: string, outcome: 'changed' | 'failed' | 'unchanged'): void;
  /** A call was not made; `backend`: its label. */
  backendRefused(backend: string, reason: BackendRefusal): void;
  /** By this worker; all have the same state. */
  breakerChanged(backend: string, state: 'closed' | 'halfOpen' | 'open'): void;
  upstreamConnectionOpened(): void;
  upstreamConnectionClosed(): void;
  /** It was found out what a connection speaks; `by`: what told. Both of fixed sets. */
  protocolDetected(protocol: string, by: string): void;
  /** Before anything else is done with the request, which is put into its trace. */
  requestStarted(exchange: Exchange): void;
  /** Exactly once for each `requestStarted`, however it ended: counts it and writes its line. */
  requestEnded(exchange: Exchange): void;
  /** Of connections that are carried whole, and of UDP. */
  readonly streams: Omit<StreamMetrics, 'ended'>;
  /** Exactly once for each `streams.opened`, however it ended: counts it and writes its line. */
  streamEnded(record: StreamRecord): void;
  /** How many classes of requests the worker refuses now. */
  overloadLevel(level: number): void;
  /** The worker serves by this snapshot version from now on. */
  configApplied(version: number): void;
  dump(): MetricsDump;
  /** Writes what is still to be told of refusals, and stops what watches the event loop. The log is closed by whoever made it. */
  close(): void;
}

/** Often enough to catch a pause of 10 ms in a busy minute, seldom enough to cost nothing. */
const LOOP_PERIOD_MS = 100;

export function createTelemetry({ clock, accessLog, traces }: TelemetryOptions): Telemetry {
  const registry = createRegistry();
  const requests = createRequestMetrics(registry);
  const countRevision = createRevisionMetrics(registry);
  const streams = createStreamMetrics(registry);
  const active = registry.gauge('weir_http_requests_active', []);
  const version = registry.gauge('weir_config_version', []);
  const overload = registry.gauge('weir_overload_level', []);
  const dropped = registry.counter('weir_log_lines_dropped_total', []);
  const refusals = new RefusalLimit(clock, (record, omittedCount) => accessLog?.writeRefusal(record, omittedCount));
  const loopWatch = watchEventLoop(registry, clock);
  return {
    ...connectionCounters(registry),
    ...callCounters(registry),
    ...createStoreMetrics(registry, accessLog),
    ...createBackendMetrics(registry),
    connectionRefused(record) {
      registry.counter('weir_connections_refused_total', [record.port, record.fault, FAULTS[record.fault].blame]).add(1);
      refusals.add(record);
    },
    requestStarted(exchange) {
      active.value += 1;
      traces?.tracer.begin(exchange);
    },
    requestEnded(exchange) {
      active.value -= 1;
      const durationMs = clock.nowMs() - exchange.startedMs;
      requests.record(exchange, durationMs);
      countRevision(exchange);
      for (const policy of exchange.shadowRefusals) registry.counter('weir_shadow_refusals_total', [policy]).add(1);
      accessLog?.write(exchange, durationMs);
      exchange.trace?.end(exchange, durationMs);
    },
    streams,
    streamEnded(record) {
      const durationMs = clock.nowMs() - record.startedMs;
      streams.ended(record, durationMs);
      accessLog?.writeStream(record, durationMs);
    },
    overloadLevel(level) {
      overload.set(level);
    },
    configApplied(applied) {
      version.set(applied);
    },
    dump() {
      dropped.value = accessLog?.droppedLineCount() ?? 0;
      if (traces !== undefined) registry.counter('weir_spans_dropped_total', ['backlog']).value = traces.droppedSpanCount();
      return registry.dump();
    },
    close() {
      refusals.close();
      loopWatch.cancel();
    },
  };
}

/** Of the calls that the gateway makes itself, and of what it does to those of others. */
function callCounters(
  registry: Registry,
): Pick<Telemetry, 'faultInjected' | 'keySetFetched' | 'mirrorDropped' | 'serviceCalled'> {
  return {
    mirrorDropped(backend) {
      registry.counter('weir_mirrors_dropped_total', [backend]).add(1);
    },
    serviceCalled(backend, result) {
      registry.counter('weir_service_calls_total', [backend, result]).add(1);
    },
    faultInjected(fault, effect) {
      registry.counter('weir_injected_faults_total', [fault, effect]).add(1);
    },
    keySetFetched(url, outcome) {
      registry.counter('weir_key_set_fetches_total', [url, outcome]).add(1);
    },
  };
}

type ConnectionCounters = Pick<
  Telemetry,
  'connectionClosed' | 'connectionOpened' | 'protocolDetected' | 'upstreamConnectionClosed' | 'upstreamConnectionOpened'
>;

function connectionCounters(registry: Registry): ConnectionCounters {
  const upstreamOpened = registry.counter('weir_upstream_connections_opened_total', []);
  const upstreamActive = registry.gauge('weir_upstream_connections_active', []);
  return {
    protocolDetected(protocol, by) {
      registry.counter('weir_protocols_detected_total', [protocol, by]).add(1);
    },
    upstreamConnectionOpened() {
      upstreamOpened.add(1);
      upstreamActive.add(1);
    },
    upstreamConnectionClosed() {
      upstreamActive.add(-1);
    },
    connectionOpened(port) {
      registry.counter('weir_connections_opened_total', [port]).add(1);
      registry.gauge('weir_connections_active', [port]).add(1);
    },
    connectionClosed(port) {
      registry.gauge('weir_connections_active', [port]).add(-1);
    },
  };
}

/** Lateness of a periodic timer: what every other timer and socket of this thread had to wait as well. */
function watchEventLoop(registry: Registry, clock: Clock): { cancel(): void } {
  const delays = registry.histogram('weir_event_loop_delay_seconds', []);
  let dueMs = clock.nowMs() + LOOP_PERIOD_MS;
  return clock.every(LOOP_PERIOD_MS, () => {
    const nowMs = clock.nowMs();
    delays.observe(Math.max(0, nowMs - dueMs) / 1_000);
    dueMs = nowMs + LOOP_PERIOD_MS;
  });
}
