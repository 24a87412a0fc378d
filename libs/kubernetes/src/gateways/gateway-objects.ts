// SPDX-License-Identifier: Apache-2.0
import type { ApiResource, ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf } from '../status/plain-fields.ts';
import { AUTOSCALERS, DEPLOYMENTS, DISRUPTION_BUDGETS, SERVICE_ACCOUNTS, SERVICES } from '../write/builtin-resources.ts';
import type { ObjectPlace, WrittenObject } from '../write/object-writer.ts';
import { labelsOf, selectorOf } from './gateway-labels.ts';
import type { GatewayPlan, GatewaySettings } from './gateway-plan.ts';
import { gatewayPod } from './gateway-pod.ts';
import { serviceSpec } from './gateway-service.ts';

/** Kinds of what is made for a Gateway, in the order in which it is made: a pod without its account would not start. */
export const GATEWAY_RESOURCES: readonly ApiResource[] = [
  SERVICE_ACCOUNTS,
  SERVICES,
  DISRUPTION_BUDGETS,
  DEPLOYMENTS,
  AUTOSCALERS,
];

/** What is known of a Gateway in the cluster as it is. */
export interface GatewayInCluster {
  readonly settings: GatewaySettings;
  /** Of the Gateway. */
  readonly uid: string;
  /** What is there in the place of the object; undefined = nothing. */
  readonly found: ClusterObject | undefined;
}

const DEFAULT_REPLICAS = 2;
const CPU_UTILIZATION = 80;

/** What a Gateway is to have of a kind; undefined = nothing. What it owns goes with it, as each names it as its owner. */
export function gatewayObject(resource: ApiResource, plan: GatewayPlan, cluster: GatewayInCluster): WrittenObject | undefined {
  const content = contentOf(resource, plan, cluster);
  return content === undefined ? undefined : { ...headerOf(plan, resource, cluster.uid), ...content };
}

function contentOf({ kind }: ApiResource, plan: GatewayPlan, { settings, found }: GatewayInCluster): object | undefined {
  switch (kind) {
    case 'ServiceAccount':
      return { automountServiceAccountToken: false };
    case 'Service':
      return { spec: serviceSpec(plan) };
    case 'PodDisruptionBudget':
      return { spec: disruptionBudgetSpec(plan) };
    case 'Deployment':
      return { spec: deploymentSpec(plan, settings, replicasIn(found)) };
    case 'HorizontalPodAutoscaler':
      return isScaled(plan) ? { spec: autoscalerSpec(plan) } : undefined;
    default:
      return undefined;
  }
}

/** Where each of them is. */
export function gatewayObjectPlaces(namespace: string, objectName: string): readonly ObjectPlace[] {
  return GATEWAY_RESOURCES.map(resource => ({ resource, namespace, name: objectName }));
}

function headerOf(plan: GatewayPlan, { group, version, kind }: ApiResource, uid: string): WrittenObject {
  const { namespace, name, objectName, annotations } = plan;
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const owner = { apiVersion, kind: 'Gateway', name, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { name: objectName, namespace, labels: labelsOf(plan), annotations, ownerReferences: [owner] },
  };
}

function deploymentSpec(plan: GatewayPlan, settings: GatewaySettings, current: number | undefined): object {
  return {
    replicas: replicasOf(plan, current),
    selector: { matchLabels: selectorOf(plan) },
    // One that goes has been replaced before: no request finds nobody.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
    revisionHistoryLimit: 3,
    template: gatewayPod(plan, settings),
  };
}

/** `max-replicas` may be of others than `min-replicas` (a Gateway's own, its class's, those for all): a minimum above it holds. */
function isScaled({ parameters: { minReplicas = 1, maxReplicas = 0 } }: GatewayPlan): boolean {
  return maxReplicas > minReplicas;
}

/**
 * Of a Deployment that is scaled, as many as there are: left out, a number that was applied before would fall back to one (server-side apply
 * takes away what is not applied any more). Within what is said of the least and the most also where that leaves nothing to scale.
 */
function replicasOf(plan: GatewayPlan, current: number | undefined): number {
  const { replicas = DEFAULT_REPLICAS, minReplicas = isScaled(plan) ? 1 : 0, maxReplicas = Infinity } = plan.parameters;
  const wanted = isScaled(plan) && current !== undefined && current > 0 ? current : replicas;
  return Math.max(minReplicas, Math.min(maxReplicas, wanted));
}

function replicasIn(deployment: ClusterObject | undefined): number | undefined {
  const { replicas } = fieldsOf(deployment?.['spec']);
  return typeof replicas === 'number' ? replicas : undefined;
}

function disruptionBudgetSpec(plan: GatewayPlan): object {
  // Pods that are not ready serve nobody, and keep no node from being drained.
  return { maxUnavailable: 1, selector: { matchLabels: selectorOf(plan) }, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
}

function autoscalerSpec({ objectName, parameters }: GatewayPlan): object {
  const { minReplicas = 1, maxReplicas, cpuUtilization = CPU_UTILIZATION } = parameters;
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: objectName },
    ...{ minReplicas, maxReplicas },
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuUtilization } } },
    ],
  };
}
