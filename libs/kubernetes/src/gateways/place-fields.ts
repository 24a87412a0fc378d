// SPDX-License-Identifier: Apache-2.0

/** Where a proxy's pod runs, by the downward API: variables, and the fields of the pod that they are filled from. */
export const PLACE_FIELDS = {
  WEIR_NODE: 'spec.nodeName',
  // Kubernetes copies it from the node since 1.35 (KEP-4742); before, and without zones, it is empty.
  WEIR_ZONE: "metadata.labels['topology.kubernetes.io/zone']",
} as const;
