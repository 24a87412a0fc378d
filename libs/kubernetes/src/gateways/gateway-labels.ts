// SPDX-License-Identifier: Apache-2.0
import type { GatewayPlan } from './gateway-plan.ts';

export const GATEWAY_NAME_LABEL = 'gateway.networking.k8s.io/gateway-name';
const CLASS_NAME_LABEL = 'gateway.networking.k8s.io/gateway-class-name';
/** Says that an object is Weir's to write and to remove. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY_WEIR = 'weir';

/** Selects all that is made for Gateways. */
export const GATEWAY_OBJECTS_SELECTOR = `${MANAGED_BY_LABEL}=${MANAGED_BY_WEIR},${GATEWAY_NAME_LABEL}`;

const MAX_LABEL = 63;

type Named = Pick<GatewayPlan, 'className' | 'name' | 'objectName'>;

/** By which a Deployment and a Service know their pods; it can never be changed (GEP-1762 has both labels). */
export function selectorOf(plan: Named): Readonly<Record<string, string>> {
  return { [GATEWAY_NAME_LABEL]: labelFrom(plan.name, plan), [CLASS_NAME_LABEL]: labelFrom(plan.className, plan) };
}

/** Of all that is made. The Gateway's own come first, so that none of them takes the place of one that Weir goes by. */
export function labelsOf(plan: Named & Pick<GatewayPlan, 'labels'>): Readonly<Record<string, string>> {
  return {
    'app.kubernetes.io/name': 'weir-gateway',
    ...plan.labels,
    [MANAGED_BY_LABEL]: MANAGED_BY_WEIR,
    ...selectorOf(plan),
  };
}

/** A name may be longer than a label's value; what is made has a shortened one, which is as good. */
function labelFrom(name: string, { objectName }: Named): string {
  return name.length <= MAX_LABEL ? name : objectName;
}
