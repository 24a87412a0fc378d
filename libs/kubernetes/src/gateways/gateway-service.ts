// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from 'node:net';
import { selectorOf } from './gateway-labels.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import { portName } from './gateway-pod.ts';

type Addressed = Pick<GatewayPlan, 'addresses' | 'parameters'>;

/** Spec of the Service at which a Gateway is reached. */
export function serviceSpec(plan: GatewayPlan): object {
  const { externalTrafficPolicy, loadBalancerClass, ipFamilyPolicy } = plan.parameters;
  const type = serviceTypeOf(plan);
  return {
    type,
    selector: selectorOf(plan),
    ports: plan.ports.map(({ port, protocol }) => ({
      ...{ name: portName({ port, protocol }), port, targetPort: port, protocol },
    })),
    ...(type === 'ClusterIP' || externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
    ...(type === 'LoadBalancer' && loadBalancerClass !== undefined ? { loadBalancerClass } : {}),
    ...(ipFamilyPolicy === undefined ? {} : { ipFamilyPolicy }),
    ...addressFields(plan),
  };
}

export function serviceTypeOf({ parameters }: Addressed): 'ClusterIP' | 'LoadBalancer' | 'NodePort' {
  return parameters.serviceType ?? 'LoadBalancer';
}

/**
 * Of the addresses that a Gateway asks for (Gateway.spec.addresses, GEP-1713), those that its Service can ask for: one of a load balancer, else
 * one of each family, in the cluster. Never `externalIPs`, by which whoever writes a Gateway would take what others send elsewhere
 * (CVE-2020-8554).
 */
export function requestedAddresses(plan: Addressed): readonly string[] {
  const [first] = plan.addresses;
  if (first === undefined) return [];
  if (serviceTypeOf(plan) === 'LoadBalancer') return [first];
  const second = plan.addresses.find(address => isIPv4(address) !== isIPv4(first));
  return second === undefined ? [first] : [first, second];
}

function addressFields(plan: GatewayPlan): object {
  const [first, second] = requestedAddresses(plan);
  if (first === undefined) return {};
  if (serviceTypeOf(plan) === 'LoadBalancer') {
    // Whoever gives out balancers reads it; the API server takes it as it is, and has to be told the family.
    const isDual = plan.parameters.ipFamilyPolicy?.endsWith('DualStack') ?? false;
    return { loadBalancerIP: first, ...(isDual || isIPv4(first) ? {} : { ipFamilies: ['IPv6'] }) };
  }
  if (second === undefined) return { clusterIP: first };
  return { clusterIP: first, clusterIPs: [first, second], ipFamilyPolicy: 'RequireDualStack' };
}
