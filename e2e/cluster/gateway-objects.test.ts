// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { beforeAll, expect, it } from 'vitest';
import { edgeGateway } from './stage/edge-documents.ts';
import { openNamespace } from './stage/test-namespace.ts';
import { ensureWeir } from './stage/weir-release.ts';

const KINDS = 'deployments,services,serviceaccounts,poddisruptionbudgets';
const OURS = ['--selector', 'gateway.networking.k8s.io/gateway-name=edge', '--output', 'name'];
const MADE = [
  'deployment.apps/edge-weir',
  'poddisruptionbudget.policy/edge-weir',
  'service/edge-weir',
  'serviceaccount/edge-weir',
];

beforeAll(async () => {
  await ensureWeir();
});

it('what a Gateway runs as bears its labels, comes back when somebody removes it, and goes with the Gateway', async () => {
  await using namespace = await openNamespace('e2e-objects');
  const { spec, ...gateway } = edgeGateway();
  await namespace.apply({ ...gateway, spec: { ...(spec as object), infrastructure: { labels: { team: 'edge' } } } });
  await namespace.hasCondition('gateway/edge', 'Programmed');
  const names = async (): Promise<readonly string[]> =>
    (await namespace.kubectl(['get', KINDS, ...OURS])).split('\n').filter(Boolean).sort();
  expect(await names()).toEqual(MADE);
  expect(await namespace.kubectl(['get', 'service', 'edge-weir', '--output', 'jsonpath={.metadata.labels.team}'])).toBe('edge');

  await namespace.kubectl(['delete', 'service', 'edge-weir']);
  await waitFor(async () => (await names()).length === MADE.length, { what: 'the Service to come back', timeoutMs: 30_000 });

  await namespace.kubectl(['delete', 'gateway', 'edge']);
  await waitFor(async () => (await names()).length === 0, { what: 'everything to go with the Gateway', timeoutMs: 60_000 });
});
