// SPDX-License-Identifier: Apache-2.0
import type { ControlPlane } from '../control-plane.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { proxySettings } from './proxy-settings.ts';
import { createNamespaceLabels } from './webhook/namespace-labels.ts';
import { startWebhook } from './webhook/start-webhook.ts';
import type { RunningWebhook } from './webhook/start-webhook.ts';

/** Sidecars are small, and have no limit on CPU: throttled ones would slow down what they stand beside. */
const SIDECAR_RESOURCES = { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '256Mi' } };

/** Answers the API server about Pods and about Weir's own kinds. Throws StartError where the port cannot be had. */
export function openWebhook(parts: ClusterParts, { trustDomain }: Pick<ControlPlane, 'trustDomain'>): Promise<RunningWebhook> {
  const { options, connection } = parts;
  return startWebhook({
    ...parts,
    at: options.webhook,
    names: [`weir-webhook.${options.namespace}.svc`],
    settings: { ...proxySettings(options, trustDomain), resources: SIDECAR_RESOURCES },
    namespaceLabels: createNamespaceLabels(connection),
  });
}
