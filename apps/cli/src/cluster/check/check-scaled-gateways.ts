// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_OBJECTS_SELECTOR } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { listed, warning } from './finding.ts';
import type { Finding } from './finding.ts';

type Reads = Pick<ClusterReads, 'read'>;

const AUTOSCALERS = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })).default([]),
});
const PODS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ deletionTimestamp: z.string().optional() }),
        spec: z.object({
          serviceAccountName: z.string().default('default'),
          containers: z
            .array(
              z.object({
                resources: z.object({ requests: z.object({ cpu: z.string().default('0') }).prefault({}) }).prefault({}),
              }),
            )
            .default([]),
        }),
      }),
    )
    .default([]),
});
const SELECTED = `labelSelector=${encodeURIComponent(GATEWAY_OBJECTS_SELECTOR)}`;
const HINT =
  'write a request of CPU into resources of the parameters of the Gateway, of its class or of the chart, such as {"requests": {"cpu": "100m", "memory": "160Mi"}}';

/**
 * Autoscalers of Gateways that can never scale: they compare with the CPU that pods request, and those request none. Pods are looked at and not
 * what somebody has written: a limit, or a LimitRange of the namespace, gives them a request, too.
 */
export async function checkScaledGateways(cluster: Reads): Promise<readonly Finding[]> {
  const list = await cluster.read(`/apis/autoscaling/v2/horizontalpodautoscalers?${SELECTED}`);
  const scaled = AUTOSCALERS.parse(list ?? {}).items.map(({ metadata }) => metadata);
  const namespaces = [...new Set(scaled.map(({ namespace }) => namespace))];
  const blind = new Set((await Promise.all(namespaces.map(namespace => blindIn(cluster, namespace)))).flat());
  const idle = scaled.map(({ namespace, name }) => `${namespace}/${name}`).filter(name => blind.has(name));
  if (idle.length === 0) return [];
  const message = `autoscalers of Gateways do nothing, as their pods request no CPU: ${listed(idle)}`;
  return [warning('gateways', { message, hint: HINT })];
}

/** NAMESPACE/NAME of what has pods without a request; a Deployment of a Gateway, its account and its autoscaler have one name. */
async function blindIn(cluster: Reads, namespace: string): Promise<readonly string[]> {
  const { items } = PODS.parse((await cluster.read(`/api/v1/namespaces/${namespace}/pods?${SELECTED}`)) ?? {});
  return items.flatMap(({ metadata, spec }) => {
    const requestsAll = spec.containers.every(({ resources }) => Number.parseFloat(resources.requests.cpu) > 0);
    return metadata.deletionTimestamp !== undefined || requestsAll ? [] : [`${namespace}/${spec.serviceAccountName}`];
  });
}
