// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonPatch } from '../admission/json-patch.ts';
import { injectPod } from './inject-pod.ts';
import type { InjectionSettings } from './injection-settings.ts';
import { INJECT_LABEL } from './sidecar-place.ts';

type Fields = Readonly<Record<string, unknown>>;

const GOLDENS = join(import.meta.dirname, '../../goldens/injection');

const SETTINGS: InjectionSettings = {
  image: 'weir:1.0.0',
  controlPlane: 'weir-control-plane.weir-system.svc:15010',
  trustDomain: 'example.org',
  resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '256Mi' } },
};

const read = (...path: readonly string[]): Fields => parse(readFileSync(join(GOLDENS, ...path), 'utf8')) as Fields;
const SHARED = read('sidecar.yaml') as Readonly<Record<string, Fields>>;

/** Puts what `sidecar.yaml` has in the place of `like: NAME`. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  const { like, moreEnv = [], ...own } = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, written(item)]));
  if (typeof like !== 'string') return own;
  const shared = SHARED[like]!;
  const env = shared['env'] === undefined ? {} : { env: [...(shared['env'] as unknown[]), ...(moreEnv as unknown[])] };
  return { ...shared, ...env, ...own };
}

function labelsFor(scenario: string): Readonly<Record<string, string>> {
  if (!existsSync(join(GOLDENS, scenario, 'namespace.yaml'))) return { [INJECT_LABEL.name]: INJECT_LABEL.value };
  return read(scenario, 'namespace.yaml')['labels'] as Readonly<Record<string, string>>;
}

/** What came of it as the golden writes it: a patch in the place of the Pod. */
function outcome(pod: Fields, namespaceLabels: Readonly<Record<string, string>>): Fields {
  const injection = injectPod(pod, { settings: SETTINGS, namespaceLabels });
  if (injection.kind !== 'patched') return { ...injection };
  const { pod: patched, kind, warnings } = injection;
  return { kind, patch: jsonPatch(pod, patched), ...(warnings.length === 0 ? {} : { warnings }) };
}

describe('a Pod', () => {
  const scenarios = readdirSync(GOLDENS, { withFileTypes: true }).filter(entry => entry.isDirectory());
  it.each(scenarios.map(({ name }) => name))('%s', scenario => {
    const found = outcome(read(scenario, 'pod.yaml'), labelsFor(scenario));
    expect(found).toEqual(written(read(scenario, 'expected.yaml')));
  });
});

const ENABLED = { [INJECT_LABEL.name]: INJECT_LABEL.value };

it('tells of hooks over the network, which nobody answers in strict mode', () => {
  const lifecycle = { preStop: { httpGet: { port: 80 } }, postStart: { exec: { command: ['x'] } } };
  const injection = injectPod(
    { spec: { containers: [{ name: 'app', lifecycle }] } },
    { settings: SETTINGS, namespaceLabels: ENABLED },
  );
  expect(injection).toMatchObject({
    kind: 'patched',
    warnings: ['container app: preStop is called without a certificate, which strict mode refuses: write it as exec'],
  });
});

it('has settings that are written nowhere unless they are given', () => {
  const settings = { ...SETTINGS, imagePullPolicy: 'Never', otlpEndpoint: 'http://collector:4318' } as const;
  const text = textFor(settings);
  expect(text).toContain('"imagePullPolicy":"Never"');
  expect(text).toContain('"--otlp-endpoint=http://collector:4318"');
});

function textFor(settings: InjectionSettings, annotations: Readonly<Record<string, string>> = {}): string {
  const pod = { metadata: { annotations }, spec: { containers: [{ name: 'app' }] } };
  return JSON.stringify(injectPod(pod, { settings, namespaceLabels: ENABLED }));
}

it('has settings of the cluster where its annotations say nothing', () => {
  const settings: InjectionSettings = {
    ...{ ...SETTINGS, accessLog: 'human', drainDeadlineMs: 90_000 },
    ...{ otlpEndpoint: 'http://collector:4318', traceRatio: 0.05 },
  };
  expect(textFor(settings)).toContain('"--trace-ratio=0.05","--access-log=human","--drain-deadline=1m30s"]');
  expect(textFor(settings, { 'weir.dev/trace-ratio': '1', 'weir.dev/access-log': 'off' })).toContain(
    '"--drain-deadline=1m30s","--trace-ratio=1","--access-log=off"]',
  );
});

it('is asked for no traces where there is no collector: the sidecar would refuse to start', () => {
  expect(textFor({ ...SETTINGS, traceRatio: 0.05 }, { 'weir.dev/trace-ratio': '1' })).not.toContain('trace-ratio=');
});

it('refuses a request for more than the limit, in words that say where it comes from', () => {
  const pod = { metadata: { annotations: { 'weir.dev/proxy-memory': '1Gi' } }, spec: { containers: [{ name: 'app' }] } };
  expect(injectPod(pod, { settings: SETTINGS, namespaceLabels: ENABLED })).toEqual({
    kind: 'refused',
    reason:
      'no sidecar can be put into the pod: the sidecar would request memory 1Gi, above its limit of 256Mi: write weir.dev/proxy-memory-limit as well',
  });
});

it.each([undefined, null, 'x', {}, { spec: { containers: 'x' } }])('is refused where it is none: %j', value => {
  expect(injectPod(value, { settings: SETTINGS, namespaceLabels: ENABLED })).toMatchObject({ kind: 'refused' });
});

it('has no more probes than a sidecar reads', () => {
  const containers = Array.from({ length: 65 }, (_, index) => ({
    name: `c${index}`,
    livenessProbe: { tcpSocket: { port: 80 } },
  }));
  const httpHeaders = Array.from({ length: 17 }, () => ({ name: 'x', value: 'x'.repeat(4_096) }));
  const long = [{ name: 'app', livenessProbe: { httpGet: { port: 80, httpHeaders } } }];
  for (const [found, reason] of [
    [containers, '65 containers have probes over the network: write at most 64'],
    [long, 'its probes have 70097 characters: write at most 65536'],
  ] as const) {
    const injection = injectPod({ spec: { containers: found } }, { settings: SETTINGS, namespaceLabels: ENABLED });
    expect(injection).toEqual({ kind: 'refused', reason: `no sidecar can be put into the pod: ${reason}` });
  }
});

it('has no probe that a sidecar would not start with', () => {
  const httpGet = { port: 80, path: `/${'x'.repeat(4_096)}`, httpHeaders: [{ name: 'x-mood', value: '→' }] };
  const containers = [{ name: 'app', livenessProbe: { httpGet, timeoutSeconds: 3_600 } }];
  expect(injectPod({ spec: { containers } }, { settings: SETTINGS, namespaceLabels: ENABLED })).toEqual({
    kind: 'refused',
    reason:
      'no sidecar can be put into the pod: container app: its livenessProbe has timeoutSeconds 3600: write at most 600; container app: its livenessProbe has a path of 4097 characters: write at most 4096; container app: its livenessProbe has field x-mood: write a value of Latin letters, at most 4096',
  });
});

it('has an outcome, whatever comes', () => {
  const container = fc.record({ name: fc.string(), livenessProbe: fc.jsonValue(), ports: fc.jsonValue(), env: fc.jsonValue() });
  const pod = fc.record({
    metadata: fc.jsonValue(),
    spec: fc.record({ containers: fc.array(container), volumes: fc.jsonValue() }),
  });
  fc.assert(
    fc.property(fc.oneof(pod, fc.jsonValue()), value => {
      const { kind } = injectPod(value, { settings: SETTINGS, namespaceLabels: ENABLED });
      expect(['patched', 'refused', 'unchanged']).toContain(kind);
    }),
  );
});
