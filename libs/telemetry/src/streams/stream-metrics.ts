// SPDX-License-Identifier: Apache-2.0
import { FAULTS } from '@weir/base';
import type { Served } from '@weir/base';
import type { Registry } from '../metrics/registry.ts';
import type { StreamRecord, StreamTraffic } from './stream-record.ts';

/** Counts streams. A stream lives for seconds to days, so that building a series' key at its ends costs nothing. */
export interface StreamMetrics {
  opened(listener: string, protocol: StreamRecord['protocol']): void;
  /** May be called as often as wanted while a stream lives: its bytes are seen before it ends. */
  carried(served: Readonly<Served>, traffic: StreamTraffic): void;
  /** Counts the end; the bytes were told to `carried`. */
  ended(record: StreamRecord, durationMs: number): void;
  /** A datagram that reached nobody. */
  dropped(listener: string, reason: DropReason): void;
}

/** Why a datagram reached nobody: `limit`: no room for a session; `refused`: no rule, no backend or no endpoint for it. */
export type DropReason = 'limit' | 'refused' | 'send_failed';

export function createStreamMetrics(registry: Registry): StreamMetrics {
  return {
    opened(listener, protocol) {
      registry.gauge('weir_streams_active', [listener, protocol]).add(1);
    },
    carried({ listener, route, backend }, { receivedBytes, sentBytes }) {
      const path = [listener, route, backend] as const;
      if (receivedBytes > 0) registry.counter('weir_stream_received_bytes_total', path).add(receivedBytes);
      if (sentBytes > 0) registry.counter('weir_stream_sent_bytes_total', path).add(sentBytes);
    },
    ended({ protocol, served: { listener, route, backend }, fault }, durationMs) {
      registry.gauge('weir_streams_active', [listener, protocol]).add(-1);
      registry.counter('weir_streams_total', [listener, route, backend, protocol]).add(1);
      registry.histogram('weir_stream_duration_seconds', [listener, route, backend]).observe(durationMs / 1_000);
      if (fault === undefined) return;
      registry.counter('weir_stream_faults_total', [listener, route, backend, fault, FAULTS[fault].blame]).add(1);
    },
    dropped(listener, reason) {
      registry.counter('weir_udp_datagrams_dropped_total', [listener, reason]).add(1);
    },
  };
}
