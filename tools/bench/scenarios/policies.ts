// SPDX-License-Identifier: Apache-2.0
import { createBenchTokens } from '../load/bench-tokens.ts';
import { createWrkLoad } from '../load/wrk.ts';
import { envoy } from '../peers/envoy.ts';
import type { Peer, PolicyPart } from '../peers/peer.ts';
import { weir } from '../peers/weir.ts';
import type { Contestant } from './contest.ts';
import type { Scenario } from './scenario.ts';
import { cpuRatio, ROUTES, throughputScenario } from './throughput.ts';

/** Callers at one time; each cache has room for all. */
const TOKEN_COUNT = 100;
const PARTS: readonly PolicyPart[] = ['tokens', 'rule', 'limit'];

export const policies: Scenario = {
  name: 'policies',
  title: `tokens of RS256 verified and remembered, ${TOKEN_COUNT} of them, one rule and one limit on a claim; each alone, a circuit breaker with outlier detection, a limit on requests in flight, and none`,
  run(context) {
    const { setup, tokens } = createBenchTokens(TOKEN_COUNT);
    const under = (peer: Peer, parts: readonly PolicyPart[]): Peer => ({
      ...peer,
      start: peerSetup => peer.start({ ...peerSetup, policies: { tokens: setup, parts: new Set(parts) } }),
    });
    const contestants = [weir, envoy].flatMap((peer): readonly Contestant[] => [
      { label: `${peer.name} none`, peer, routeCount: ROUTES },
      ...PARTS.map(part => ({ label: `${peer.name} ${part}`, peer: under(peer, [part]), routeCount: ROUTES })),
      ...(peer === weir ? [{ label: 'weir places', peer: under(peer, ['places']), routeCount: ROUTES }] : []),
      { label: `${peer.name} policies`, peer: under(peer, PARTS), routeCount: ROUTES },
    ]);
    const broken = { label: 'weir breaker', peer: under(weir, ['breaker']), routeCount: ROUTES };
    const scenario = throughputScenario({
      name: policies.name,
      title: policies.title,
      protocol: 'http1',
      isTls: false,
      contestants: [...contestants.slice(0, 1), broken, ...contestants.slice(1)],
      createLoad: createWrkLoad({ connections: 64, tokens }),
      judge: summaries => [
        { text: 'CPU per request ÷ envoy', limit: 0.5, value: cpuRatio(summaries, 'weir policies', 'envoy policies') },
        {
          text: 'breaker and outlier detection on ÷ off',
          limit: 1.1,
          value: cpuRatio(summaries, 'weir breaker', 'weir none'),
        },
      ],
    });
    return scenario.run(context);
  },
};
