// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { createManualClock, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import type { AccessLog } from './access-log/access-log.ts';
import { renderMetrics } from './metrics/render-metrics.ts';
import { createTelemetry } from './telemetry.ts';

const SERVED = { listener: 'n/g/l', route: 'n/r', rule: '0', backend: 'n/s:80', revision: '', endpoint: '127.0.0.1:1' };
const PATH = 'listener="n/g/l",route="n/r",backend="n/s:80"';

function start() {
  const clock = createManualClock();
  const logged: number[] = [];
  const accessLog: AccessLog = {
    write: (_exchange, durationMs) => void logged.push(durationMs),
    writeStream: (_record, durationMs) => void logged.push(durationMs),
    writeRefusal: (_record, omittedCount) => void logged.push(omittedCount),
    writeStore: () => undefined,
    droppedLineCount: () => 4,
  };
  const telemetry = createTelemetry({ clock, accessLog });
  return { clock, logged, telemetry, lines: () => renderMetrics([telemetry.dump()]).split('\n') };
}

function ended(method: string, result: { status: number; fault?: 'client_closed' | 'upstream_reset'; attempts?: number }) {
  const exchange = createTestExchange({ request: { method } });
  return Object.assign(exchange, { served: SERVED, bytesSent: 10, bytesReceived: 3, upstreamMs: 40, ...result });
}

describe('telemetry', () => {
  it('counts a request once under what served it, and logs it', () => {
    const { clock, logged, telemetry, lines } = start();
    telemetry.requestStarted(createTestExchange());
    telemetry.requestStarted(createTestExchange());
    clock.advance(50);
    telemetry.requestEnded(ended('GET', { status: 200, attempts: 3 }));
    expect(logged).toEqual([50]);
    for (const line of [
      `weir_http_requests_total{${PATH},method="GET",code="200"} 1`,
      `weir_http_request_duration_seconds_sum{${PATH}} 0.05`,
      `weir_upstream_response_seconds_sum{${PATH}} 0.04`,
      `weir_http_request_bytes_total{${PATH}} 3`,
      `weir_http_response_bytes_total{${PATH}} 10`,
      `weir_http_retries_total{${PATH}} 2`,
      'weir_http_requests_active 1',
      'weir_log_lines_dropped_total 4',
    ]) {
      expect(lines()).toContain(line);
    }
  });

  it('reads and changes nothing of a request where tracing is off', () => {
    const { telemetry } = start();
    const headers = HeaderList.of(['traceparent', 'nonsense'], ['tracestate', 'A']);
    const exchange = createTestExchange({ request: { headers } });
    telemetry.requestStarted(exchange);
    telemetry.requestEnded(exchange);
    expect(exchange.trace).toBeUndefined();
    expect([...headers.entries()]).toEqual([
      ['traceparent', 'nonsense'],
      ['tracestate', 'A'],
    ]);
  });

  it('puts a request into its trace when it starts, ends its span when the log has its line, and counts lost spans', () => {
    const clock = createManualClock();
    const told: string[] = [];
    const trace = { traceId: 't', spanId: 's', route: '', attempt: () => undefined, end: () => void told.push('end') };
    const telemetry = createTelemetry({
      clock,
      accessLog: undefined,
      traces: { tracer: { begin: exchange => void (exchange.trace = trace) }, droppedSpanCount: () => 3 },
    });
    const exchange = createTestExchange();
    telemetry.requestStarted(exchange);
    expect(told).toEqual([]);
    telemetry.requestEnded(exchange);
    expect(told).toEqual(['end']);
    expect(renderMetrics([telemetry.dump()])).toContain('weir_spans_dropped_total{reason="backlog"} 3');
  });

  it('counts what policies that only look on would have refused', () => {
    const { telemetry, lines } = start();
    for (let i = 0; i < 2; i++) {
      const exchange = Object.assign(ended('GET', { status: 200 }), { shadowRefusals: ['shop/trial#staff', 'shop/burst#all'] });
      telemetry.requestEnded(exchange);
    }
    expect(lines()).toContain('weir_shadow_refusals_total{policy="shop/trial#staff"} 2');
    expect(lines()).toContain('weir_shadow_refusals_total{policy="shop/burst#all"} 2');
  });

  it('counts requests by the revision that they went to', () => {
    const { telemetry, lines } = start();
    for (const [revision, status] of [
      ['7d9f', 200],
      ['7d9f', 204],
      ['5c6b', 503],
      ['', 200],
    ] as const) {
      const exchange = ended('GET', { status });
      exchange.served = { ...SERVED, revision };
      telemetry.requestEnded(exchange);
    }
    const ofRevisions = lines().filter(line => line.startsWith('weir_revision_requests_total{'));
    expect(ofRevisions).toEqual([
      'weir_revision_requests_total{backend="n/s:80",revision="7d9f",status_class="2xx"} 2',
      'weir_revision_requests_total{backend="n/s:80",revision="5c6b",status_class="5xx"} 1',
    ]);
  });

  it('bounds the methods, and says what failed and whose it is', () => {
    const { telemetry, lines } = start();
    telemetry.requestEnded(ended('BREW', { status: 0, fault: 'client_closed' }));
    telemetry.requestEnded(ended('STEEP', { status: 502, fault: 'upstream_reset' }));
    for (const line of [
      `weir_http_requests_total{${PATH},method="_OTHER",code="499"} 1`,
      `weir_http_requests_total{${PATH},method="_OTHER",code="502"} 1`,
      `weir_http_faults_total{${PATH},fault="client_closed",blame="client"} 1`,
      `weir_http_faults_total{${PATH},fault="upstream_reset",blame="upstream"} 1`,
    ]) {
      expect(lines()).toContain(line);
    }
  });

  it('counts a stream once at its end, and its bytes while it lives', () => {
    const { clock, logged, telemetry, lines } = start();
    telemetry.streams.opened('n/g/l', 'TCP');
    telemetry.streams.opened('n/g/l', 'TCP');
    telemetry.streams.carried(SERVED, { receivedBytes: 7, sentBytes: 0 });
    clock.advance(2_000);
    telemetry.streams.carried(SERVED, { receivedBytes: 1, sentBytes: 20 });
    telemetry.streamEnded({
      ...{
        protocol: 'TCP',
        clientAddress: '192.0.2.1',
        clientPort: 1,
        sourceIdentity: '',
        startedMs: clock.nowMs() - 2_000,
        serverName: '',
      },
      ...{ served: SERVED, attempts: 1, bytesReceived: 8, bytesSent: 20, fault: 'upstream_reset', faultDetail: 'reset' },
    });
    telemetry.streams.dropped('n/g/l', 'limit');
    expect(logged).toEqual([2_000]);
    for (const line of [
      `weir_streams_total{${PATH},protocol="TCP"} 1`,
      'weir_streams_active{listener="n/g/l",protocol="TCP"} 1',
      `weir_stream_duration_seconds_sum{${PATH}} 2`,
      `weir_stream_received_bytes_total{${PATH}} 8`,
      `weir_stream_sent_bytes_total{${PATH}} 20`,
      `weir_stream_faults_total{${PATH},fault="upstream_reset",blame="upstream"} 1`,
      'weir_udp_datagrams_dropped_total{listener="n/g/l",reason="limit"} 1',
    ]) {
      expect(lines()).toContain(line);
    }
  });

  it('counts each refused connection, and logs as many as there is room for', () => {
    const { logged, telemetry, lines } = start();
    for (let i = 0; i < 50; i++) {
      telemetry.connectionRefused({
        ...{ port: 'port/::1/443', protocol: 'TLS', clientAddress: '192.0.2.1', clientPort: 1 },
        ...{ fault: 'tls_handshake_failed', faultDetail: 'x' },
      });
    }
    telemetry.close();
    expect(lines()).toContain(
      'weir_connections_refused_total{port="port/::1/443",fault="tls_handshake_failed",blame="client"} 50',
    );
    expect(logged).toEqual([...Array.from({ length: 10 }, () => 0), 39]);
  });

  it('follows connections on both sides and the configuration', () => {
    const { telemetry, lines } = start();
    for (let i = 0; i < 3; i++) telemetry.connectionOpened('n/g/l');
    telemetry.connectionClosed('n/g/l');
    telemetry.upstreamConnectionOpened();
    telemetry.upstreamConnectionClosed();
    telemetry.configApplied(12);
    for (const line of [
      'weir_connections_opened_total{port="n/g/l"} 3',
      'weir_connections_active{port="n/g/l"} 2',
      'weir_upstream_connections_opened_total 1',
      'weir_upstream_connections_active 0',
      'weir_config_version 12',
    ]) {
      expect(lines()).toContain(line);
    }
  });

  it('watches the event loop until it is closed', () => {
    const { clock, telemetry, lines } = start();
    clock.advance(1_000);
    expect(lines()).toContain('weir_event_loop_delay_seconds_count 10');
    telemetry.close();
    expect(clock.pendingTimerCount()).toBe(0);
  });
});
