// SPDX-License-Identifier: Apache-2.0
import { createWrkLoad } from '../load/wrk.ts';
import { envoyMesh } from '../peers/mesh-envoy.ts';
import { weirMesh } from '../peers/mesh-weir.ts';
import { cpuRatio, throughputScenario } from './throughput.ts';

const MAX_CPU_RATIO = 0.6;

/** Client, sidecar, mutual TLS, sidecar, service: what both sidecars cost together. */
export const mesh = throughputScenario({
  name: 'mesh',
  title: 'two sidecars with mutual TLS between them, keep-alive, 64 connections; CPU and memory of both together',
  protocol: 'http1',
  isTls: false,
  needs: ['openssl'],
  createLoad: createWrkLoad({ connections: 64 }),
  contestants: [weirMesh, envoyMesh].map(peer => ({ label: peer.name, peer, routeCount: 1 })),
  judge: summaries => [{ text: 'CPU per request ÷ envoy', limit: MAX_CPU_RATIO, value: cpuRatio(summaries, 'weir', 'envoy') }],
});
