// SPDX-License-Identifier: Apache-2.0

/** By which Deployments tell the Pods of their revisions apart. */
export const POD_TEMPLATE_HASH = 'pod-template-hash';
/** Readiness gate of Pods that a Rollout holds back, and the condition that opens it. */
export const PROMOTED_GATE = 'weir.dev/promoted';
/** On such a Pod: the Deployment that it is of. */
export const DEPLOYMENT_ANNOTATION = 'weir.dev/deployment';
