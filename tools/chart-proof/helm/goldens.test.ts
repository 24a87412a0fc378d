// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseGatewayParameters, parseSidecarParameters } from '@weir/policy/resolve';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, objectsOf, renderChart } from './helm.ts';
import type { RenderedObject } from './helm.ts';

const GOLDENS = join(import.meta.dirname, '../goldens');
const DEFAULTS = 'defaults';
const scenarios = readdirSync(GOLDENS).sort();

function golden(scenario: string): ReadonlyMap<string, RenderedObject> {
  return objectsOf(readFileSync(join(GOLDENS, scenario, 'rendered.yaml'), 'utf8'));
}

/** Values of the scenario itself, or those that the chart brings under its name. */
function valuesOf(scenario: string): readonly string[] {
  const files = [join(GOLDENS, scenario, 'values.yaml'), join(CHART, `values-${scenario}.yaml`)];
  return files.filter(file => existsSync(file)).flatMap(file => ['--values', file]);
}

/** Without the rules of roles, which files of their own have. */
function withoutRules(objects: ReadonlyMap<string, RenderedObject>): ReadonlyMap<string, RenderedObject> {
  return new Map([...objects].map(([name, { rules: _, ...object }]) => [name, object]));
}

function rendered(scenario: string): ReadonlyMap<string, RenderedObject> {
  const { status, stdout, stderr } = renderChart(...valuesOf(scenario));
  expect(status, stderr).toBe(0);
  return withoutRules(objectsOf(stdout));
}

/** A golden beside the defaults has what is different from them: changed and added objects whole, and the names of those that are gone. */
function differenceFrom(defaults: ReadonlyMap<string, RenderedObject>, objects: ReadonlyMap<string, RenderedObject>): object {
  const changed = [...objects].filter(([name, object]) => JSON.stringify(defaults.get(name)) !== JSON.stringify(object));
  const gone = [...defaults.keys()].filter(name => !objects.has(name));
  return { changed: Object.fromEntries(changed), gone };
}

describe('what the chart renders', () => {
  it('of its defaults is the golden', () => {
    expect(Object.fromEntries(rendered(DEFAULTS))).toEqual(Object.fromEntries(golden(DEFAULTS)));
  });

  it('of rights is what charts/weir/rules has', () => {
    const objects = objectsOf(renderChart().stdout);
    expect(objects.get('ClusterRole weir-control-plane')?.rules).toEqual(
      parse(readFileSync(join(CHART, 'rules/cluster.yaml'), 'utf8')),
    );
    expect(objects.get('Role weir-control-plane')?.rules).toEqual(
      parse(readFileSync(join(CHART, 'rules/own-namespace.yaml'), 'utf8')),
    );
  });

  it.each(scenarios.filter(name => name !== DEFAULTS))('of the values %s is the golden', scenario => {
    const file = join(GOLDENS, scenario, 'gone.json');
    const gone: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
    const expected = { changed: Object.fromEntries(golden(scenario)), gone };
    expect(differenceFrom(rendered(DEFAULTS), rendered(scenario))).toEqual(expected);
  });
});

it.each(['injection', 'validation', 'rollouts'])('API servers find the webhook where there is that of %s alone', kept => {
  const others = ['injection', 'validation', 'rollouts'].filter(name => name !== kept).map(name => `${name}.enabled=false`);
  const { stdout } = renderChart('--set', others.join(','));
  expect([...objectsOf(stdout).keys()]).toContain('Service weir-webhook');
});

interface Container {
  readonly image: string;
  readonly securityContext: unknown;
  readonly resources: { readonly requests: object; readonly limits: object };
}

interface PodSpec {
  readonly securityContext: unknown;
  readonly containers: readonly Container[];
}

/** Of what makes pods. */
function podSpecOf(object: RenderedObject): PodSpec | undefined {
  if (object.kind === 'Pod') return (object as RenderedObject & { readonly spec: PodSpec }).spec;
  if (object.kind !== 'Deployment') return undefined;
  return (object as RenderedObject & { readonly spec: { readonly template: { readonly spec: PodSpec } } }).spec.template.spec;
}

interface Defaults extends RenderedObject {
  readonly data: Readonly<Record<string, string>>;
}

const CLUSTER_SCOPED = [
  'ClusterRole',
  'ClusterRoleBinding',
  'GatewayClass',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

describe.each(scenarios)('whatever the chart renders of the values %s', scenario => {
  const objects = [...rendered(scenario).values()];
  const defaultsOf = (name: string): Defaults | undefined => objects.find(({ metadata }) => metadata.name === name) as Defaults;

  it('is in the namespace of the release, where it is in one', () => {
    for (const { kind, metadata } of objects) {
      expect(metadata.namespace, kind).toBe(CLUSTER_SCOPED.includes(kind) ? undefined : 'weir-system');
    }
  });

  it('says of Gateways and sidecars what the control plane can read, and nothing else', () => {
    expect(parseGatewayParameters(defaultsOf('weir-gateway-defaults')?.data ?? {}).faults).toEqual([]);
    expect(parseSidecarParameters(defaultsOf('weir-sidecar-defaults')?.data ?? {}).faults).toEqual([]);
  });

  it('leaves the image of proxies to the control plane that makes them', () => {
    expect(defaultsOf('weir-gateway-defaults')?.data).not.toHaveProperty('image');
    expect(defaultsOf('weir-sidecar-defaults')?.data ?? {}).not.toHaveProperty('image');
  });

  it('says whose it is', () => {
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'Helm' });
  });

  it('may run under the Pod Security level restricted, with bounds', () => {
    const specs = objects.flatMap(object => podSpecOf(object) ?? []);
    expect(specs).toHaveLength(2);
    for (const { securityContext, containers } of specs) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({
          requests: { memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });
});
