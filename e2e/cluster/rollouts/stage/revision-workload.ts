// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from '../../stage/manifest.ts';
import { podSpec, programContainer } from '../../stage/workload.ts';

export interface RevisionWorkload {
  /** Of the Deployment and of its Service at port 80. */
  readonly name: string;
  readonly replicas?: number;
  /** By an autoscaler, which says how many there are. */
  readonly isScaled?: boolean;
  /** Of `revision.mjs`. */
  readonly env: Readonly<Record<string, string>>;
}

/** A Deployment of `revision.mjs` that can have both revisions whole at a time. */
export function revisionDeployment({ name, replicas = 2, isScaled = false, env }: RevisionWorkload): Manifest {
  const labels = { app: name };
  const container = {
    ...programContainer('revision.mjs', env),
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1 },
    ...(isScaled ? { resources: { requests: { cpu: '50m' } } } : {}),
  };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } };
  const template = { metadata: { labels }, spec: podSpec(container) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { ...(isScaled ? {} : { replicas }), selector: { matchLabels: labels }, strategy, template },
  };
}

/** What its Pods are called by. */
export function revisionService(name: string): Manifest {
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports } };
}

/** A Rollout of a Deployment and its Service; `spec` over what all have. */
export function deploymentRollout(name: string, spec: object): Manifest {
  const common = { targetRef: { name }, revisions: { deployment: { name } }, rollbackWindow: '1s' };
  return { apiVersion: 'weir.dev/v1alpha1', kind: 'Rollout', metadata: { name }, spec: { ...common, ...spec } };
}
