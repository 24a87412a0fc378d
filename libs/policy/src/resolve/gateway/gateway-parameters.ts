// SPDX-License-Identifier: Apache-2.0
import {
  countOf,
  oneOf,
  readAccessLog,
  readCollector,
  readDuration,
  readImage,
  readPullPolicy,
  readRatio,
  readResources,
  textOf,
} from '../parameters/parameter-readers.ts';
import type { ContainerResources } from '../parameters/parameter-readers.ts';
import { createParametersReader } from '../parameters/read-parameters.ts';
import type { ParameterFault, ReadParameters } from '../parameters/read-parameters.ts';

/** How the proxies of a Gateway are run in a cluster, as far as somebody has said it. */
export interface GatewayParameters {
  readonly serviceType?: 'ClusterIP' | 'LoadBalancer' | 'NodePort';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly loadBalancerClass?: string;
  /** Which families of addresses its Service has. */
  readonly ipFamilyPolicy?: 'PreferDualStack' | 'RequireDualStack' | 'SingleStack';
  readonly replicas?: number;
  /** More than `minReplicas`: they are scaled by their use of CPU. */
  readonly maxReplicas?: number;
  readonly minReplicas?: number;
  /** Percent of the CPU that they request. */
  readonly cpuUtilization?: number;
  readonly resources?: ContainerResources;
  readonly image?: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly otlpEndpoint?: string;
  /** Share of requests without a trace that begin one. */
  readonly traceRatio?: number;
  readonly accessLog?: 'human' | 'json' | 'off';
  readonly trustedHops?: number;
  readonly workers?: number;
  readonly drainDelayMs?: number;
  readonly drainDeadlineMs?: number;
}

const MAX_REPLICAS = 1000;

const readGatewayParameters = createParametersReader<GatewayParameters>(
  {
    serviceType: oneOf('LoadBalancer', 'NodePort', 'ClusterIP'),
    externalTrafficPolicy: oneOf('Cluster', 'Local'),
    loadBalancerClass: textOf(/^[a-zA-Z0-9][-a-zA-Z0-9_./]*$/, 'the name of a class, such as example.com/internal'),
    ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
    replicas: countOf(0, MAX_REPLICAS),
    minReplicas: countOf(1, MAX_REPLICAS),
    maxReplicas: countOf(1, MAX_REPLICAS),
    cpuUtilization: countOf(1, 1000),
    resources: readResources,
    image: readImage,
    imagePullPolicy: readPullPolicy,
    otlpEndpoint: readCollector,
    traceRatio: readRatio,
    accessLog: readAccessLog,
    trustedHops: countOf(0, 100),
    workers: countOf(1, 256),
    drainDelayMs: readDuration,
    drainDeadlineMs: readDuration,
  },
  'a Gateway',
);

/** Reads the data of a ConfigMap. Of what is wrong nothing holds, and the caller is to refuse the rest as well. */
export function parseGatewayParameters(data: Readonly<Record<string, string>>): ReadParameters<GatewayParameters> {
  const { parameters, faults } = readGatewayParameters(data);
  return { parameters, faults: [...faults, ...contradictions(parameters)] };
}

function contradictions({
  minReplicas = 1,
  maxReplicas,
  serviceType,
  externalTrafficPolicy,
}: GatewayParameters): readonly ParameterFault[] {
  const faults: ParameterFault[] = [];
  if (maxReplicas !== undefined && maxReplicas < minReplicas) {
    const message = `has max-replicas ${maxReplicas}, which is less than min-replicas ${minReplicas}`;
    faults.push({ key: 'max-replicas', message, hint: 'write as many or more' });
  }
  if (serviceType === 'ClusterIP' && externalTrafficPolicy !== undefined) {
    const message = 'has external-traffic-policy, which a Service of type ClusterIP does not have';
    faults.push({ key: 'external-traffic-policy', message, hint: 'leave it out, or write service-type: LoadBalancer' });
  }
  return faults;
}
