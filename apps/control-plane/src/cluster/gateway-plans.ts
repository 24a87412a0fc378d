// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net';
import type { GatewayPlan, PlannedPort } from '@weir/kubernetes';
import type { Document, DocumentOfKind } from '@weir/policy/documents';
import { createParametersFinder } from '@weir/policy/resolve';
import type { GatewayParameters } from '@weir/policy/resolve';
import { gatewayObjectName } from '@weir/policy/snapshot';
import type { Resource } from '@weir/policy/snapshot';

export interface PlanSources {
  readonly documents: ReadonlyMap<string, Document>;
  /** What the documents came to. */
  readonly resources: ReadonlyMap<string, Resource>;
  /** What holds for all Gateways where neither they nor their classes say otherwise. */
  readonly defaults: GatewayParameters;
  /** Why the defaults are not known, so that all Gateways are to be left as they are; absent = they are. */
  readonly held?: string | undefined;
}

/**
 * What is to be made for each Gateway, by `namespace/name`. There is none for a Gateway that is refused or has no listener that works: what
 * was made for it before stays, as it does where a plan is held.
 */
export function gatewayPlans({ documents, resources, defaults, held: heldAll }: PlanSources): ReadonlyMap<string, GatewayPlan> {
  const plans = new Map<string, GatewayPlan>();
  const saidFor = createParametersFinder(documents);
  for (const resource of resources.values()) {
    if (resource.kind !== 'gateway') continue;
    const key = resource.name.slice(resource.name.indexOf('/') + 1);
    const document = documents.get(`Gateway/${key}`);
    const ports = portsOf(resource.ports, resources);
    if (document?.kind !== 'Gateway' || ports.length === 0) continue;
    const { parameters, held = heldAll } = saidFor(document);
    const plan = planOf(document, { ports, parameters: { ...defaults, ...parameters } });
    plans.set(key, held === undefined ? plan : { ...plan, held });
  }
  return plans;
}

function planOf(
  { namespace, name, spec }: DocumentOfKind['Gateway'],
  { ports, parameters }: Pick<GatewayPlan, 'parameters' | 'ports'>,
): GatewayPlan {
  const { gatewayClassName: className, infrastructure, addresses = [] } = spec;
  return {
    ...{ namespace, name, className, ports, parameters },
    objectName: gatewayObjectName({ name, gatewayClassName: className }),
    labels: infrastructure?.labels ?? {},
    annotations: infrastructure?.annotations ?? {},
    addresses: addresses.flatMap(({ value = '' }) => (isIP(value) === 0 ? [] : value)),
  };
}

/** In their order, each once: a port of two addresses is one. */
function portsOf(names: readonly string[], resources: ReadonlyMap<string, Resource>): readonly PlannedPort[] {
  const ports = new Map<string, PlannedPort>();
  for (const name of names) {
    const resource = resources.get(name);
    if (resource?.kind !== 'port') continue;
    const protocol = resource.protocol === 'UDP' ? 'UDP' : 'TCP';
    ports.set(`${resource.port}/${protocol}`, { port: resource.port, protocol });
  }
  return [...ports.values()].toSorted((left, right) => left.port - right.port || left.protocol.localeCompare(right.protocol));
}
