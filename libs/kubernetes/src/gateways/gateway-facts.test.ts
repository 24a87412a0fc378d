// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { gatewayFacts } from './gateway-facts.ts';
import type { GatewayPlan } from './gateway-plan.ts';

type Change = Pick<GatewayPlan, 'addresses'> & GatewayPlan['parameters'];

function planOf({ addresses, ...parameters }: Change): GatewayPlan {
  const names = { namespace: 'shop', name: 'edge', className: 'weir', objectName: 'edge-weir' };
  return { ...names, ports: [{ port: 80, protocol: 'TCP' }], labels: {}, annotations: {}, addresses, parameters };
}

function serviceOf(spec: object, balancer: readonly object[] = []): ClusterObject {
  const metadata = { name: 'edge-weir', namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec, status: { loadBalancer: { ingress: balancer } } };
}

const BALANCER = { type: 'LoadBalancer', clusterIPs: ['10.96.0.9'] };

it('is not made while its parameters are not known; one that is there goes on', () => {
  const plan = {
    ...planOf({ addresses: [], serviceType: 'ClusterIP' }),
    held: 'GatewayClass weir is not accepted: no such ConfigMap',
  };
  expect(gatewayFacts(plan, { service: undefined, deployment: undefined }).hindrance).toEqual({
    reason: 'Invalid',
    message: 'GatewayClass weir is not accepted: no such ConfigMap',
  });
  const service = serviceOf({ type: 'ClusterIP', clusterIPs: ['10.96.0.9'] });
  const deployment = { ...service, kind: 'Deployment', status: { availableReplicas: 1 } };
  expect(gatewayFacts(plan, { service, deployment }).hindrance).toBeUndefined();
});

describe('why a Gateway has not the address that it is to have', () => {
  it.each<readonly [string, Change, ClusterObject | undefined, object]>([
    [
      'before its Service was seen',
      { addresses: [] },
      undefined,
      { reason: 'Pending', message: 'the Service of the Gateway is being made' },
    ],
    [
      'while nobody gives it a balancer',
      { addresses: ['192.0.2.1'] },
      serviceOf(BALANCER),
      {
        reason: 'AddressNotAssigned',
        message:
          'the Service has no address yet: see that somebody gives out load balancers here, and that 192.0.2.1 is one that may be given out',
      },
    ],
    [
      'of a Service that needs no balancer',
      { addresses: [], serviceType: 'ClusterIP' },
      serviceOf({ type: 'ClusterIP' }),
      { reason: 'AddressNotAssigned', message: 'the Service has no address yet' },
    ],
    [
      'where it asks for more than a balancer has',
      { addresses: ['192.0.2.1', '192.0.2.2'] },
      serviceOf(BALANCER, [{ ip: '192.0.2.1' }]),
      {
        reason: 'AddressNotUsable',
        message: 'the Service has 192.0.2.1, and not 192.0.2.2: of a load balancer one address can be asked for, so write one',
      },
    ],
    [
      'where it asks for two of a family in the cluster',
      { addresses: ['10.96.0.9', '10.96.0.10'], serviceType: 'ClusterIP' },
      serviceOf({ type: 'ClusterIP', clusterIPs: ['10.96.0.9'] }),
      {
        reason: 'AddressNotUsable',
        message:
          'the Service has 10.96.0.9, and not 10.96.0.10: a Service of type ClusterIP has one address of each family, so write one of each',
      },
    ],
    [
      'where the balancer gives another one',
      { addresses: ['192.0.2.1'] },
      serviceOf(BALANCER, [{ ip: '192.0.2.7' }]),
      { reason: 'AddressNotUsable', message: 'the Service has 192.0.2.7, and not 192.0.2.1' },
    ],
  ])('is said %s', (_, change, service, hindrance) => {
    expect(gatewayFacts(planOf(change), { service, deployment: undefined }).hindrance).toEqual(hindrance);
  });
});
