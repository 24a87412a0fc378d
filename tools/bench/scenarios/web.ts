// SPDX-License-Identifier: Apache-2.0
import { LARGE_SUFFIX } from '../load/backend.ts';
import { routePrefix } from '../load/route-paths.ts';
import { createWrkLoad } from '../load/wrk.ts';
import { PEERS } from '../peers/peers.ts';
import type { Contestant } from './contest.ts';
import type { Scenario } from './scenario.ts';
import { contestantsOf, cpuRatio, ROUTES, type ThroughputPlan, throughputScenario } from './throughput.ts';

const LARGEST_ROUTES = 10_000;
const LARGE_TARGET = `${routePrefix(1)}${LARGE_SUFFIX}`;

const PLANS: readonly ThroughputPlan[] = [
  {
    name: 'keep-alive',
    title: 'keep-alive, 64 connections, small JSON answers',
    protocol: 'http1',
    isTls: false,
    createLoad: createWrkLoad({ connections: 64 }),
    judge: summaries => [
      { text: 'CPU per request ÷ nginx', limit: 1.4, value: cpuRatio(summaries, 'weir', 'nginx') },
      { text: 'CPU per request ÷ envoy', limit: 0.6, value: cpuRatio(summaries, 'weir', 'envoy') },
      { text: 'resident memory after it, MiB', limit: 110, value: summaries.get('weir')?.rssMiB ?? Number.NaN },
    ],
  },
  {
    name: 'no-keep-alive',
    title: 'a new connection for each request, 32 at a time',
    protocol: 'http1',
    isTls: false,
    createLoad: createWrkLoad({ connections: 32, closes: true }),
    judge: () => [],
  },
  {
    name: 'tls',
    title: 'keep-alive over TLS 1.3, ECDSA P-256, 64 connections',
    protocol: 'http1',
    isTls: true,
    createLoad: createWrkLoad({ connections: 64 }),
    judge: summaries => [
      { text: 'CPU per request ÷ nginx', limit: 1.2, value: cpuRatio(summaries, 'weir', 'nginx') },
      { text: 'CPU per request ÷ envoy', limit: 0.6, value: cpuRatio(summaries, 'weir', 'envoy') },
    ],
  },
  {
    name: 'large-bodies',
    title: 'response bodies of 1 MiB, 16 connections',
    protocol: 'http1',
    isTls: false,
    createLoad: createWrkLoad({ connections: 16, target: LARGE_TARGET }),
    judge: () => [],
  },
  {
    name: 'tcp',
    title: 'TCP: bodies of 1 MiB on 16 connections that are carried whole',
    protocol: 'tcp',
    isTls: false,
    createLoad: createWrkLoad({ connections: 16, target: LARGE_TARGET }),
    contestants: contestantsOf(['weir', 'nginx', 'haproxy', 'envoy'], 1),
    judge: summaries => [
      // 0.7 times its bytes for a second of CPU.
      { text: 'CPU per MiB ÷ nginx', limit: 1 / 0.7, value: cpuRatio(summaries, 'weir', 'nginx') },
    ],
  },
  {
    name: 'routes',
    title: 'routes asked for in turn, keep-alive, 64 connections',
    protocol: 'http1',
    isTls: false,
    createLoad: createWrkLoad({ connections: 64 }),
    contestants: [ROUTES, 1_000, LARGEST_ROUTES].flatMap(routeCount => routedContestants(routeCount)),
    judge: summaries => [
      { text: 'CPU per request, 10,000 routes ÷ 10', limit: 1.1, value: cpuRatio(summaries, 'weir 10000', 'weir 10') },
    ],
  },
];

/** The others at the largest size only: at ten routes they are in `keep-alive`. http-proxy has no routes. */
function routedContestants(routeCount: number): readonly Contestant[] {
  return PEERS.filter(({ name }) => name === 'weir' || (name !== 'http-proxy' && routeCount === LARGEST_ROUTES)).map(peer => ({
    label: `${peer.name} ${routeCount}`,
    peer,
    routeCount,
  }));
}

export const WEB_SCENARIOS: readonly Scenario[] = PLANS.map(throughputScenario);
