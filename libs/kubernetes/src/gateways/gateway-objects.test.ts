// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ClusterObject } from '../api/cluster-api.ts';
import { gatewayObject, gatewayObjectPlaces } from './gateway-objects.ts';
import type { GatewayPlan } from './gateway-plan.ts';

const SETTINGS = { image: 'weir:1', controlPlane: 'weir-control-plane.weir-system.svc:15010', trustDomain: 'weir.local' };
const PLAN: GatewayPlan = {
  ...{ namespace: 'shop', name: 'edge', className: 'weir', objectName: 'edge-weir' },
  ports: [
    { port: 80, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ],
  ...{ labels: { team: 'shop' }, annotations: { 'example.com/cost': '7' }, addresses: [], parameters: {} },
};

const LABELS = {
  'app.kubernetes.io/name': 'weir-gateway',
  'app.kubernetes.io/managed-by': 'weir',
  'gateway.networking.k8s.io/gateway-name': 'edge',
  'gateway.networking.k8s.io/gateway-class-name': 'weir',
  team: 'shop',
};
const SELECTOR = {
  'gateway.networking.k8s.io/gateway-name': 'edge',
  'gateway.networking.k8s.io/gateway-class-name': 'weir',
};

function objectsOf(
  change: Partial<GatewayPlan> = {},
  replicas?: number,
): Readonly<Record<string, Record<string, unknown> | undefined>> {
  const found = replicas === undefined ? undefined : deploymentOf(replicas);
  return Object.fromEntries(
    gatewayObjectPlaces('shop', 'edge-weir').map(({ resource }) => [
      resource.kind,
      gatewayObject(resource, { ...PLAN, ...change }, { settings: SETTINGS, uid: 'u1', found }),
    ]),
  );
}

function deploymentOf(replicas: number): ClusterObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'edge-weir' }, spec: { replicas } };
}

describe('what is made for a Gateway', () => {
  it('bears its name and labels, and goes with it', () => {
    const { HorizontalPodAutoscaler, ...objects } = objectsOf();
    expect(HorizontalPodAutoscaler).toBeUndefined();
    expect(Object.keys(objects)).toEqual(['ServiceAccount', 'Service', 'PodDisruptionBudget', 'Deployment']);
    for (const object of Object.values(objects)) {
      expect(object?.['metadata']).toEqual({
        ...{ name: 'edge-weir', namespace: 'shop', labels: LABELS, annotations: { 'example.com/cost': '7' } },
        ownerReferences: [
          {
            ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', name: 'edge', uid: 'u1' },
            ...{ controller: true, blockOwnerDeletion: true },
          },
        ],
      });
    }
  });

  it('has the ports of its listeners, by the same numbers', () => {
    expect(objectsOf()['Service']?.['spec']).toEqual({
      type: 'LoadBalancer',
      selector: SELECTOR,
      ports: [
        { name: 'tcp-80', port: 80, targetPort: 80, protocol: 'TCP' },
        { name: 'udp-53', port: 53, targetPort: 53, protocol: 'UDP' },
      ],
    });
  });

  it('is a pod that drains before it is killed, and may do nothing but listen', () => {
    expect(objectsOf()['Deployment']).toMatchObject({
      spec: {
        replicas: 2,
        selector: { matchLabels: SELECTOR },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
        template: {
          metadata: { labels: LABELS },
          spec: {
            serviceAccountName: 'edge-weir',
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 40,
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }],
                },
              },
            },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65_532,
              seccompProfile: { type: 'RuntimeDefault' },
              sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
            },
            containers: [
              {
                image: 'weir:1',
                env: expect.arrayContaining([{ name: 'XDG_RUNTIME_DIR', value: '/run/weir' }]) as unknown,
                args: [
                  'gateway',
                  '--control-plane=weir-control-plane.weir-system.svc:15010',
                  '--trust-domain=weir.local',
                  '--gateway=shop/edge',
                  '--identity=shop/edge-weir',
                  '--name=$(WEIR_POD)',
                  '--service-account-token=/var/run/secrets/weir/token',
                  '--roots=/var/run/weir/roots/roots.pem',
                  '--state=/var/lib/weir/state',
                  '--secrets=/run/weir/secrets',
                  '--metrics-address=*:15021',
                  '--access-log=json',
                  '--drain-delay=5s',
                  '--drain-deadline=30s',
                ],
                readinessProbe: { httpGet: { path: '/readyz', port: 15_021 } },
                livenessProbe: { httpGet: { path: '/livez', port: 15_021 } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    });
  });

  it('is as its parameters say', () => {
    const parameters: GatewayPlan['parameters'] = {
      serviceType: 'NodePort',
      externalTrafficPolicy: 'Local',
      replicas: 3,
      image: 'mirror/weir:2',
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '1' } },
      drainDelayMs: 20_000,
      drainDeadlineMs: 100_500,
      otlpEndpoint: 'http://collector:4318',
      traceRatio: 0.05,
      ipFamilyPolicy: 'PreferDualStack',
      trustedHops: 1,
      workers: 4,
      accessLog: 'off',
    };
    const objects = objectsOf({ parameters });
    expect(objects['Service']).toMatchObject({
      spec: { type: 'NodePort', externalTrafficPolicy: 'Local', ipFamilyPolicy: 'PreferDualStack' },
    });
    expect(objects['Deployment']).toMatchObject({
      spec: {
        replicas: 3,
        template: {
          spec: {
            terminationGracePeriodSeconds: 126,
            containers: [
              {
                ...{ image: 'mirror/weir:2', imagePullPolicy: 'Always', resources: { requests: { cpu: '1' } } },
                args: expect.arrayContaining([
                  ...['--drain-delay=20s', '--drain-deadline=1m40s500ms', '--access-log=off'],
                  ...['--otlp-endpoint=http://collector:4318', '--trace-ratio=0.05', '--trusted-hops=1', '--workers=4'],
                ]) as unknown,
              },
            ],
          },
        },
      },
    });
  });

  it('is scaled where it may be more than at least, and never falls back to one pod on the way there', () => {
    const parameters = { replicas: 1, minReplicas: 2, maxReplicas: 5 };
    expect(objectsOf({ parameters })['HorizontalPodAutoscaler']).toMatchObject({
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'edge-weir' }, minReplicas: 2, maxReplicas: 5 },
    });
    const replicasAt = (replicas?: number): unknown => objectsOf({ parameters }, replicas)['Deployment']?.['spec'];
    expect(replicasAt()).toMatchObject({ replicas: 2 });
    expect(replicasAt(4)).toMatchObject({ replicas: 4 });
    expect(replicasAt(9)).toMatchObject({ replicas: 5 });
    expect(objectsOf({ parameters: { ...parameters, maxReplicas: 2 } }, 9)).toMatchObject({
      HorizontalPodAutoscaler: undefined,
      Deployment: { spec: { replicas: 2 } },
    });
  });

  it.each([
    [{}, 2],
    [{ replicas: 0 }, 0],
    [{ minReplicas: 3 }, 3],
    [{ minReplicas: 3, maxReplicas: 3 }, 3],
    [{ replicas: 1, maxReplicas: 1 }, 1],
    [{ replicas: 9, minReplicas: 3, maxReplicas: 3 }, 3],
    // The least is the Gateway's own, and the most is what holds for all.
    [{ minReplicas: 12, maxReplicas: 10 }, 12],
  ])('has as many pods as its parameters say where there is nothing to scale: %o', (parameters, replicas) => {
    const objects = objectsOf({ parameters }, 7);
    expect(objects).toMatchObject({ HorizontalPodAutoscaler: undefined, Deployment: { spec: { replicas } } });
  });

  it.each([
    ['LoadBalancer', ['192.0.2.1', '192.0.2.2'], { loadBalancerIP: '192.0.2.1' }],
    ['LoadBalancer', ['2001:db8::1'], { loadBalancerIP: '2001:db8::1', ipFamilies: ['IPv6'] }],
    ['ClusterIP', ['10.96.0.9'], { clusterIP: '10.96.0.9' }],
    ['NodePort', ['10.96.0.9', 'fd00::9'], { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9', 'fd00::9'] }],
  ] as const)('has the addresses that it asks for in a Service of type %s', (serviceType, addresses, spec) => {
    expect(objectsOf({ addresses, parameters: { serviceType } })['Service']).toMatchObject({ spec });
  });

  it('keeps the labels that Weir goes by, whatever the Gateway says', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'me', 'gateway.networking.k8s.io/gateway-name': 'else' };
    const kept = { 'app.kubernetes.io/managed-by': 'weir', ...SELECTOR };
    expect(objectsOf({ labels })['Service']).toMatchObject({ metadata: { labels: kept } });
  });

  it('gets no sidecar in a namespace where pods do, whatever the Gateway says', () => {
    const { Deployment } = objectsOf({ annotations: { 'weir.dev/inject': 'true' } });
    const metadata = { annotations: { 'weir.dev/inject': 'false' } };
    expect(Deployment).toMatchObject({ spec: { template: { metadata } } });
  });

  it('is found by a shorter name where the Gateway has a long one', () => {
    const objectName = `${'a'.repeat(54)}-12345678`;
    const { Deployment } = objectsOf({ name: 'a'.repeat(100), objectName });
    const selector = { matchLabels: { ...SELECTOR, 'gateway.networking.k8s.io/gateway-name': objectName } };
    expect(Deployment).toMatchObject({ spec: { selector } });
  });
});
