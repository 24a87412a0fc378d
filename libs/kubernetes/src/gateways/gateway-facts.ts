// SPDX-License-Identifier: Apache-2.0
import type { ClusterObject } from '../api/cluster-api.ts';
import { fieldsOf, listOf } from '../status/plain-fields.ts';
import type { GatewayPlan } from './gateway-plan.ts';
import { requestedAddresses, serviceTypeOf } from './gateway-service.ts';

/** What only the cluster knows of a Gateway. */
export interface GatewayFacts {
  readonly addresses: readonly GatewayAddress[];
  /** Undefined = it is reached and served. */
  readonly hindrance: GatewayHindrance | undefined;
  /** Since when there is, or is no, hindrance, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

export interface GatewayAddress {
  readonly type: 'Hostname' | 'IPAddress';
  readonly value: string;
}

/** Why a Gateway is not programmed (Gateway API v1.6, GatewayConditionReason). */
export interface GatewayHindrance {
  readonly reason: 'AddressNotAssigned' | 'AddressNotUsable' | 'Invalid' | 'NoResources' | 'Pending';
  readonly message: string;
}

/** As they were seen last; undefined = there is none. */
export interface SeenObjects {
  readonly service: ClusterObject | undefined;
  readonly deployment: ClusterObject | undefined;
}

export function gatewayFacts(plan: GatewayPlan, seen: SeenObjects): Omit<GatewayFacts, 'sinceMs'> {
  const addresses = addressesOf(seen.service);
  const hindrance = addressHindrance(plan, seen.service, addresses) ?? podHindrance(seen.deployment);
  // Of one that runs as it was, the status stays as it was.
  const isHeld = plan.held !== undefined && (seen.service === undefined || seen.deployment === undefined);
  return { addresses, hindrance: isHeld ? { reason: 'Invalid', message: plan.held } : hindrance };
}

/** Where listeners are reached at their own ports: at the balancer, else at the address in the cluster. */
function addressesOf(service: ClusterObject | undefined): readonly GatewayAddress[] {
  if (service === undefined) return [];
  const spec = fieldsOf(service['spec']);
  if (spec['type'] === 'LoadBalancer') {
    const balancer = fieldsOf(fieldsOf(service['status'])['loadBalancer']);
    return listOf(balancer['ingress']).flatMap(addressFromIngress);
  }
  const found = listOf(spec['clusterIPs']).filter(value => typeof value === 'string' && value !== 'None');
  return found.map(value => ({ type: 'IPAddress', value: String(value) }));
}

function addressFromIngress(ingress: unknown): readonly GatewayAddress[] {
  const { ip, hostname } = fieldsOf(ingress);
  if (typeof ip === 'string' && ip !== '') return [{ type: 'IPAddress', value: ip }];
  return typeof hostname === 'string' && hostname !== '' ? [{ type: 'Hostname', value: hostname }] : [];
}

function addressHindrance(
  plan: GatewayPlan,
  service: ClusterObject | undefined,
  found: readonly GatewayAddress[],
): GatewayHindrance | undefined {
  if (service === undefined) return { reason: 'Pending', message: 'the Service of the Gateway is being made' };
  if (found.length === 0) return { reason: 'AddressNotAssigned', message: unassigned(service, plan) };
  const missing = plan.addresses.filter(value => !found.some(address => address.value === value));
  if (missing.length === 0) return undefined;
  const has = `the Service has ${found.map(({ value }) => value).join(', ')}, and not ${missing.join(', ')}`;
  const isTooMuch = missing.every(value => !requestedAddresses(plan).includes(value));
  return { reason: 'AddressNotUsable', message: isTooMuch ? `${has}: ${boundOf(plan)}` : has };
}

function unassigned(service: ClusterObject, plan: GatewayPlan): string {
  if (fieldsOf(service['spec'])['type'] !== 'LoadBalancer') return 'the Service has no address yet';
  const [wanted] = requestedAddresses(plan);
  const asked = wanted === undefined ? '' : `, and that ${wanted} is one that may be given out`;
  return `the Service has no address yet: see that somebody gives out load balancers here${asked}`;
}

function boundOf(plan: GatewayPlan): string {
  return serviceTypeOf(plan) === 'LoadBalancer'
    ? 'of a load balancer one address can be asked for, so write one'
    : `a Service of type ${serviceTypeOf(plan)} has one address of each family, so write one of each`;
}

function podHindrance(deployment: ClusterObject | undefined): GatewayHindrance | undefined {
  const status = fieldsOf(deployment?.['status']);
  if (Number(status['availableReplicas'] ?? 0) > 0) return undefined;
  const conditions = listOf(status['conditions']).map(fieldsOf);
  const failure = conditions.find(({ type, status: isSo }) => type === 'ReplicaFailure' && isSo === 'True');
  if (failure !== undefined) return { reason: 'NoResources', message: `no pod can be made: ${String(failure['message'])}` };
  return { reason: 'Pending', message: 'no pod of the Gateway is ready yet' };
}
