// SPDX-License-Identifier: Apache-2.0
import { createHoldingReader } from '@weir/kubernetes';
import type { ControlPlane } from '../control-plane.ts';
import { createSidecarDefaults } from './cluster-defaults.ts';
import type { ClusterParts } from './cluster-parts.ts';
import { proxySettings } from './proxy-settings.ts';
import { injectionSettings } from './injection-settings.ts';
import { createFindDeployment } from './webhook/find-deployment.ts';
import { createNamespaceLabels } from './webhook/namespace-labels.ts';
import { startWebhook } from './webhook/start-webhook.ts';
import type { RunningWebhook } from './webhook/start-webhook.ts';

/** Answers the API server about Pods and about Weir's own kinds. Throws StartError where the port cannot be had. */
export function openWebhook(
  parts: ClusterParts,
  controlPlane: Pick<ControlPlane, 'current' | 'trustDomain'>,
): Promise<RunningWebhook> {
  const { options, connection, onNote } = parts;
  const defaults = createSidecarDefaults({ namespace: options.namespace, onNote });
  const shared = proxySettings(options, controlPlane.trustDomain);
  return startWebhook({
    ...parts,
    at: options.webhook,
    names: [`weir-webhook.${options.namespace}.svc`],
    settings: () => injectionSettings(shared, defaults.from(controlPlane.current.documents)),
    namespaceLabels: createNamespaceLabels(connection),
    findDeployment: createFindDeployment(connection),
    rolloutsOf: createHoldingReader(connection),
  });
}
