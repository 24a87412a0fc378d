// SPDX-License-Identifier: Apache-2.0
import { startEchoBackend } from '../load/backend.ts';
import { createGrpcStreamLoad } from '../load/grpc-streams.ts';
import { createH2Load } from '../load/h2load.ts';
import { createWebSocketLoad } from '../load/websocket-client.ts';
import type { Contestant } from './contest.ts';
import type { Scenario, Target } from './scenario.ts';
import { contestantsOf, cpuRatio, type Summaries, type ThroughputPlan, throughputScenario } from './throughput.ts';

/** Together as many requests in flight as `keep-alive` has connections. */
const HTTP2_LOAD = { connections: 16, streams: 4 };
const STREAM_LOAD = { connections: 8, streams: 8, inFlight: 4, messageBytes: 100 };
const WEBSOCKETS = 100;
const MESSAGE_SIZES = { '1KiB': 1_024, '64KiB': 65_536 };

const PLANS: readonly ThroughputPlan[] = [
  {
    name: 'http2',
    title: 'HTTP/2 over TLS 1.3, 16 connections of 4 streams, to a backend of HTTP/1.1',
    protocol: 'http2',
    isTls: true,
    needs: ['h2load'],
    createLoad: createH2Load(HTTP2_LOAD),
    contestants: contestantsOf(['weir', 'nginx', 'haproxy', 'envoy']),
    judge: besideEnvoy,
  },
  {
    name: 'h2c',
    title: 'HTTP/2 in plaintext, 16 connections of 4 streams, to a backend of HTTP/1.1',
    protocol: 'http2',
    isTls: false,
    needs: ['h2load'],
    createLoad: createH2Load(HTTP2_LOAD),
    contestants: contestantsOf(['weir', 'nginx', 'haproxy', 'envoy']),
    judge: besideEnvoy,
  },
  {
    name: 'http2-backend',
    title: 'HTTP/2 over TLS 1.3, 16 connections of 4 streams, to a backend of HTTP/2 (nginx speaks none to backends)',
    protocol: 'http2',
    isTls: true,
    isBackendHttp2: true,
    needs: ['h2load'],
    createLoad: createH2Load(HTTP2_LOAD),
    contestants: contestantsOf(['weir', 'haproxy', 'envoy']),
    judge: besideEnvoy,
  },
  {
    name: 'grpc',
    title: 'unary gRPC in plaintext, 16 connections of 4 calls at a time',
    protocol: 'grpc',
    isTls: false,
    isBackendHttp2: true,
    needs: ['h2load'],
    createLoad: createH2Load({ ...HTTP2_LOAD, isGrpc: true }),
    contestants: contestantsOf(['weir', 'nginx', 'haproxy', 'envoy']),
    judge: besideEnvoy,
  },
  {
    name: 'grpc-streams',
    title: 'gRPC messages of 100 bytes there and back, 8 connections of 8 streams, 4 messages on their way in each',
    unit: 'message',
    protocol: 'grpc',
    isTls: false,
    isBackendHttp2: true,
    startBackend: directory => startEchoBackend('grpc', directory),
    createLoad: createGrpcStreamLoad(STREAM_LOAD),
    contestants: contestantsOf(['weir', 'haproxy', 'envoy']),
    judge: besideEnvoy,
  },
  {
    name: 'websocket',
    title: `WebSocket messages there and back, ${WEBSOCKETS} connections`,
    unit: 'message',
    protocol: 'websocket',
    isTls: false,
    startBackend: directory => startEchoBackend('websocket', directory),
    createLoad: createWebSocketLoad({ connections: WEBSOCKETS, messageBytes: MESSAGE_SIZES['1KiB'] }),
    contestants: Object.entries(MESSAGE_SIZES).flatMap(([size, messageBytes]) => webSocketContestants(size, messageBytes)),
    judge: summaries =>
      Object.keys(MESSAGE_SIZES).map(size => ({
        // 0.7 times its bytes for a second of CPU.
        text: `CPU per message of ${size} ÷ nginx`,
        limit: 1 / 0.7,
        value: cpuRatio(summaries, `weir ${size}`, `nginx ${size}`),
      })),
  },
];

export const PROTOCOL_SCENARIOS: readonly Scenario[] = PLANS.map(throughputScenario);

function webSocketContestants(size: string, messageBytes: number): readonly Contestant[] {
  const createLoad = createWebSocketLoad({ connections: WEBSOCKETS, messageBytes });
  return contestantsOf(['weir', 'nginx', 'haproxy', 'envoy']).map(contestant => ({
    ...contestant,
    label: `${contestant.label} ${size}`,
    createLoad,
  }));
}

function besideEnvoy(summaries: Summaries): readonly Target[] {
  return [{ text: 'CPU ÷ envoy', limit: 1.8, value: cpuRatio(summaries, 'weir', 'envoy') }];
}
