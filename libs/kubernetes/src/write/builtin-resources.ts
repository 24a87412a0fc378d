// SPDX-License-Identifier: Apache-2.0
import type { ApiResource } from '../api/cluster-api.ts';

const namespaced = { isNamespaced: true };

/** Kinds of Kubernetes that the control plane writes, or follows where it does not make documents of them. */
export const CONFIG_MAPS: ApiResource = { ...namespaced, group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const SECRETS: ApiResource = { ...namespaced, group: '', version: 'v1', kind: 'Secret', plural: 'secrets' };
export const LEASES: ApiResource = {
  ...namespaced,
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
};
export const SERVICES: ApiResource = { ...namespaced, group: '', version: 'v1', kind: 'Service', plural: 'services' };
export const SERVICE_ACCOUNTS: ApiResource = {
  ...namespaced,
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
};
export const DEPLOYMENTS: ApiResource = {
  ...namespaced,
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
};
export const REPLICA_SETS: ApiResource = {
  ...namespaced,
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
};
export const AUTOSCALERS: ApiResource = {
  ...namespaced,
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
};
export const DISRUPTION_BUDGETS: ApiResource = {
  ...namespaced,
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
};
export const GATEWAYS: ApiResource = {
  ...namespaced,
  group: 'gateway.networking.k8s.io',
  version: 'v1',
  kind: 'Gateway',
  plural: 'gateways',
};
export const EVENTS: ApiResource = { ...namespaced, group: 'events.k8s.io', version: 'v1', kind: 'Event', plural: 'events' };
