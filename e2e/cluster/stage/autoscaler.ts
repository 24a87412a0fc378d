// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from './manifest.ts';
import type { TestNamespace } from './test-namespace.ts';

/** An autoscaler looks each 15 s, at what was measured over some time before. */
export const SCALES_SECONDS = 150;

/** A HorizontalPodAutoscaler of the Deployment of its name, from two Pods on, at half of the CPU that they request. */
export function autoscaler(name: string, maxReplicas: number): Manifest {
  const resource = { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } };
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name };
  const spec = { scaleTargetRef, minReplicas: 2, maxReplicas, metrics: [{ type: 'Resource', resource }] };
  return { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name }, spec };
}

/** Waits until a Deployment is to have so many Pods, has them, and all are ready. */
export async function hasReplicas(
  { namespace, name }: { readonly namespace: TestNamespace; readonly name: string },
  replicas: number,
): Promise<void> {
  for (const field of ['.spec.replicas', '.status.replicas', '.status.readyReplicas']) {
    const words = ['wait', `deployment/${name}`, `--for=jsonpath={${field}}=${replicas}`];
    await namespace.kubectl([...words, `--timeout=${SCALES_SECONDS}s`]);
  }
}
