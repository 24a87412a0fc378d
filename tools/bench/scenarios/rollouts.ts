// SPDX-License-Identifier: Apache-2.0
import { createWrkLoad } from '../load/wrk.ts';
import { weir, weirWith } from '../peers/weir.ts';
import { cpuRatio, ROUTES, throughputScenario } from './throughput.ts';

export const rollouts = throughputScenario({
  name: 'rollouts',
  title: 'a Rollout at a fifth of the requests, each for itself or kept together by client, and none; keep-alive, 64 connections',
  protocol: 'http1',
  isTls: false,
  contestants: [
    { label: 'weir none', peer: weir, routeCount: ROUTES },
    { label: 'weir requests', peer: weirWith({ rollout: 'requests' }), routeCount: ROUTES },
    { label: 'weir clients', peer: weirWith({ rollout: 'clients' }), routeCount: ROUTES },
  ],
  createLoad: createWrkLoad({ connections: 64 }),
  judge: summaries => [
    { text: 'CPU per request with a Rollout ÷ without', limit: 1.1, value: cpuRatio(summaries, 'weir requests', 'weir none') },
  ],
});
