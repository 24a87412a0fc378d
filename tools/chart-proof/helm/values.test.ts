// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, helm, renderChart } from './helm.ts';

it('helm lint finds nothing, in the defaults and in the values for high availability', () => {
  const { status, stdout } = helm('lint', '--strict', CHART, '--values', join(CHART, 'values-ha.yaml'));
  expect({ status, failed: stdout.includes('0 chart(s) failed') }).toEqual({ status: 0, failed: true });
});

/** A line of values, and what is said of it. */
const REFUSALS: readonly (readonly [value: string, words: string])[] = [
  ['controlPlane.replica=3', "at '/controlPlane': additional properties 'replica' not allowed"],
  ['controlPlane.replicas=0', "at '/controlPlane/replicas': minimum: got 0, want 1"],
  ['controlPlane.replicas=two', "at '/controlPlane/replicas': got string, want integer"],
  ['controlPlane.logLevel=loud', "at '/controlPlane/logLevel': value must be one of 'debug', 'info', 'warn', 'error'"],
  ['gateway.service.type=LB', "at '/gateway/service/type': value must be one of 'LoadBalancer', 'NodePort', 'ClusterIP'"],
  ['gateway.resources.limit.memory=1Gi', "at '/gateway/resources': additional properties 'limit' not allowed"],
  ['gateway.resources.claims[0].name=gpu', "at '/gateway/resources': additional properties 'claims' not allowed"],
  ['sidecar.resources.claims[0].name=gpu', "at '/sidecar/resources': additional properties 'claims' not allowed"],
  ['injection.timeoutSeconds=60', "at '/injection/timeoutSeconds': maximum: got 60, want 30"],
  ['sidecar.resources.limits.memory=lots', "at '/sidecar/resources/limits/memory'"],
  ['sidecar.accessLog=xml', "at '/sidecar/accessLog': value must be one of 'json', 'human', 'off'"],
  ['telemetry.traceRatio=2', "at '/telemetry/traceRatio'"],
  ['gateway.service.ipFamilyPolicy=Dual', "at '/gateway/service/ipFamilyPolicy'"],
  ['telemetry.otlpEndpoint=collector:4318', "at '/telemetry/otlpEndpoint': 'collector:4318' does not match pattern"],
  [
    'redis.mode=existing',
    'redis.mode is `existing`, and redis.url is "". Write where it is, without credentials:\n  redis://HOST:PORT',
  ],
  ['gateway.drainDelay=5', "at '/gateway/drainDelay': got number, want string"],
  ['gateway.drainDelay=soon', "at '/gateway/drainDelay': 'soon' does not match pattern"],
  ['gateway.drainDeadline=48h', "at '/gateway/drainDeadline': '48h' does not match pattern"],
  [
    'gateway.service.type=ClusterIP,gateway.service.externalTrafficPolicy=Local',
    'gateway.service.externalTrafficPolicy is set, and a Service of type ClusterIP has none. Leave it empty, or write another type.',
  ],
  ['image.tag=latest', 'image.tag is `latest`: replicas that start at different times would be of different versions.'],
];

describe('values that cannot be meant', () => {
  it.each(REFUSALS)('%s is refused: %s', (value, words) => {
    const { status, stderr } = renderChart('--set', value);
    expect(status).toBe(1);
    expect(stderr).toContain(words);
  });

  it('are refused where two of them do not go together', () => {
    const autoscaling = 'gateway.autoscaling';
    const { stderr } = renderChart(
      '--set',
      `${autoscaling}.enabled=true,${autoscaling}.minReplicas=5,${autoscaling}.maxReplicas=4`,
    );
    expect(stderr).toContain(
      'gateway.autoscaling.minReplicas is 5, more than maxReplicas, which is 4. Write a larger maxReplicas.',
    );
  });

  it('are those of a release in the namespace default', () => {
    const { stderr } = helm('template', 'weir', CHART, '--namespace', 'default');
    expect(stderr).toContain('helm install weir charts/weir -n weir-system --create-namespace');
  });
});

describe('the version of Kubernetes', () => {
  it.each(['v1.28.15', 'v1.9.0'])('%s is too old', version => {
    expect(renderChart('--kube-version', version).stderr).toContain(
      `This cluster is Kubernetes ${version}, and Weir needs 1.29 or newer`,
    );
  });

  it.each(['v1.29.0', 'v1.36.3-eks-1', 'v0.0.0-master'])('%s will do', version => {
    expect(renderChart('--kube-version', version).status).toBe(0);
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

it('the schema and the documented defaults have the same values', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  const values: unknown = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  // Helm hands `global` to every chart.
  expect([...pathsOfSchema(schema)].filter(path => path !== 'global').sort()).toEqual([...pathsOfValues(values)].sort());
});

/** Leaves that have a name of their own; objects with free keys are leaves. */
function pathsOfSchema({ properties }: Schema, path = ''): readonly string[] {
  if (properties === undefined) return [path];
  return Object.entries(properties).flatMap(([name, schema]) => pathsOfSchema(schema, path === '' ? name : `${path}.${name}`));
}

function pathsOfValues(value: unknown, path = ''): readonly string[] {
  const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0;
  if (isLeaf || path.endsWith('resources')) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOfValues(inner, path === '' ? name : `${path}.${name}`));
}
