// SPDX-License-Identifier: Apache-2.0
import { createHandshakeLoad } from '../load/handshakes.ts';
import { certifiedHostname, makeCertificates } from '../peers/certificates.ts';
import { startWeir, weir } from '../peers/weir.ts';
import { writeWeirDocuments } from '../peers/weir-documents.ts';
import type { Contestant } from './contest.ts';
import type { Scenario } from './scenario.ts';
import { cpuRatio, ROUTES, throughputScenario } from './throughput.ts';

const MANY = 1_000;
const CONCURRENCY = 16;
const REQUESTS = 10;

export const certificates: Scenario = throughputScenario({
  name: 'certificates',
  title: `TLS 1.3 connections with a whole handshake and ${REQUESTS} requests each, to hosts with certificates of their own`,
  unit: 'connection',
  protocol: 'http1',
  isTls: true,
  createLoad: loadFor(1),
  contestants: [contestantWith(1), contestantWith(MANY)],
  judge: summaries => [
    { text: `CPU per connection, ${MANY} certificates ÷ 1`, limit: 1.05, value: cpuRatio(summaries, `weir ${MANY}`, 'weir 1') },
  ],
});

function contestantWith(count: number): Contestant {
  return {
    label: `weir ${count}`,
    peer: {
      ...weir,
      start(setup) {
        const certified = makeCertificates(setup.directory, count);
        const documents = writeWeirDocuments({ ...setup, certified });
        return startWeir({ documents, directory: setup.directory, metricsPort: 0 });
      },
    },
    routeCount: ROUTES,
    createLoad: loadFor(count),
  };
}

function loadFor(count: number): Contestant['createLoad'] & object {
  const serverNames = Array.from({ length: count }, (_, index) => certifiedHostname(index));
  return createHandshakeLoad({ serverNames, concurrency: CONCURRENCY, requests: REQUESTS });
}
