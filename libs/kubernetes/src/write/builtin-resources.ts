// SPDX-License-Identifier: Apache-2.0
import type { ApiResource } from '../api/cluster-api.ts';

const namespaced = { isNamespaced: true };

/** Kinds of Kubernetes that the control plane writes. */
export const CONFIG_MAPS: ApiResource = { ...namespaced, group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
export const SECRETS: ApiResource = { ...namespaced, group: '', version: 'v1', kind: 'Secret', plural: 'secrets' };
export const LEASES: ApiResource = {
  ...namespaced,
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
};
