// SPDX-License-Identifier: Apache-2.0
import { GATEWAY_NAME_LABEL, INJECTED_LABEL, MANAGED_BY_LABEL, MANAGED_BY_WEIR, ROOTS_CONFIG_MAP } from '@weir/kubernetes';
import type { FoundRoots, GatewayPlan } from '@weir/kubernetes';
import type { Document } from '@weir/policy/documents';
import type { GatewayParameters } from '@weir/policy/resolve';
import type { ControlPlane } from '../control-plane.ts';
import type { ConfigMapParameters } from './config-map-parameters.ts';
import { gatewayPlans } from './gateway-plans.ts';

/** Label of namespaces whose pods get sidecars. */
const INJECT_LABEL = 'weir.dev/inject';

/** What documents say about what is to be written; found out once for each change. */
export interface ClusterView {
  readonly plans: ReadonlyMap<string, GatewayPlan>;
  /** Namespaces whose pods need the roots of the mesh. */
  readonly rootNamespaces: ReadonlySet<string>;
  readonly foundRoots: ReadonlyMap<string, FoundRoots>;
}

export function clusterView(
  current: Pick<ControlPlane['current'], 'documents' | 'resources'>,
  given: Pick<ConfigMapParameters<GatewayParameters>, 'from' | 'unknown'>,
): ClusterView {
  const { documents, resources } = current;
  const defaults = given.from(documents);
  const plans = gatewayPlans({ documents, resources, defaults, held: given.unknown });
  const rootNamespaces = new Set([...plans.values()].map(({ namespace }) => namespace));
  const foundRoots = new Map<string, FoundRoots>();
  for (const document of documents.values()) {
    if (isInjected(document)) rootNamespaces.add(document.name);
    if (isMountedBy(document)) rootNamespaces.add(document.namespace);
    if (document.kind !== 'ConfigMap' || document.name !== ROOTS_CONFIG_MAP) continue;
    const isOurs = document.labels[MANAGED_BY_LABEL] === MANAGED_BY_WEIR;
    foundRoots.set(document.namespace, { rootsPem: document.data?.['roots.pem'], isOurs });
  }
  return { plans, rootNamespaces, foundRoots };
}

function isInjected({ kind, labels }: Document): boolean {
  return kind === 'Namespace' && labels[INJECT_LABEL] === 'enabled';
}

/**
 * Pods with sidecars outlive the label of their Namespace, and those of a Gateway that is refused go on: without the ConfigMap that they mount none
 * of them would start again, such as after its node did.
 */
function isMountedBy({ kind, labels }: Document): boolean {
  if (kind === 'Pod') return labels[INJECTED_LABEL] === 'true';
  return kind === 'Service' && labels[MANAGED_BY_LABEL] === MANAGED_BY_WEIR && labels[GATEWAY_NAME_LABEL] !== undefined;
}
