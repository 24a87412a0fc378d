// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import { parse as parseYaml } from 'yaml';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';

/** How the proxies of a Gateway are run in a cluster, as far as somebody has said it. */
export interface GatewayParameters {
  readonly serviceType?: 'ClusterIP' | 'LoadBalancer' | 'NodePort';
  readonly externalTrafficPolicy?: 'Cluster' | 'Local';
  readonly loadBalancerClass?: string;
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
  readonly accessLog?: 'human' | 'json' | 'off';
  readonly trustedHops?: number;
  readonly workers?: number;
  readonly drainDelayMs?: number;
  readonly drainDeadlineMs?: number;
}

/** As Kubernetes writes quantities. */
export interface ContainerResources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** Something wrong about one key. */
export interface ParameterFault {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** A value, or what is to be written in its place. */
type Read<Value> = { readonly value: Value } | { readonly hint: string };
type Reader<Value> = (text: string) => Read<Value>;
type Readers = { readonly [Name in keyof Required<GatewayParameters>]: Reader<Required<GatewayParameters>[Name]> };

const MAX_REPLICAS = 1000;
const MAX_TEXT = 1024;
/** Longer than a day, a rollout would never end. */
const MAX_DRAIN_MS = 86_400_000;
/** resource.Quantity of Kubernetes, without exponents. */
const QUANTITY = /^\d+(?:\.\d+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;
const RESOURCE_NAME = /^[a-z][-a-z0-9./]{0,252}$/;

/** By the names that people write in kebab-case. */
const READERS: Readers = {
  serviceType: oneOf('LoadBalancer', 'NodePort', 'ClusterIP'),
  externalTrafficPolicy: oneOf('Cluster', 'Local'),
  loadBalancerClass: textOf(/^[a-zA-Z0-9][-a-zA-Z0-9_./]*$/, 'the name of a class, such as example.com/internal'),
  replicas: countOf(0, MAX_REPLICAS),
  minReplicas: countOf(1, MAX_REPLICAS),
  maxReplicas: countOf(1, MAX_REPLICAS),
  cpuUtilization: countOf(1, 1000),
  resources: readResources,
  image: textOf(/^[a-zA-Z0-9][-\w./:@]*$/, 'the name of an image, such as registry.example/weir:1.2.3'),
  imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  otlpEndpoint: textOf(/^https?:\/\/[^\s]+$/, 'a URL, such as http://collector.monitoring:4318'),
  accessLog: oneOf('json', 'human', 'off'),
  trustedHops: countOf(0, 100),
  workers: countOf(1, 256),
  drainDelayMs: readDuration,
  drainDeadlineMs: readDuration,
};

const NAMES: ReadonlyMap<string, keyof GatewayParameters> = new Map(
  (Object.keys(READERS) as (keyof GatewayParameters)[]).map(name => [kebabFrom(name), name]),
);

/** Reads the data of a ConfigMap. Of what is wrong nothing holds, and the caller is to refuse the rest as well. */
export function parseGatewayParameters(data: Readonly<Record<string, string>>): {
  readonly parameters: GatewayParameters;
  readonly faults: readonly ParameterFault[];
} {
  const faults: ParameterFault[] = [];
  let parameters: GatewayParameters = {};
  for (const [key, text] of Object.entries(data)) {
    const name = NAMES.get(key);
    const read: Read<unknown> = name === undefined ? { hint: '' } : READERS[name](text.trim());
    if (name === undefined) faults.push(unknownKey(key));
    else if ('hint' in read) faults.push({ key, message: `has ${key} \`${shorten(text)}\``, hint: `write ${read.hint}` });
    else parameters = { ...parameters, [name]: read.value };
  }
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

function unknownKey(key: string): ParameterFault {
  const nearest = nearestName(key, NAMES.keys());
  const hint = nearest === undefined ? `known are ${[...NAMES.keys()].join(', ')}` : `did you mean \`${nearest}\`?`;
  return { key, message: `has key \`${key}\`, which says nothing of a Gateway`, hint };
}

function oneOf<Value extends string>(...values: readonly Value[]): Reader<Value> {
  return text => {
    const value = values.find(one => one === text);
    return value === undefined ? { hint: values.join(' or ') } : { value };
  };
}

function countOf(min: number, max: number): Reader<number> {
  return text => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? { value } : { hint: `a whole number from ${min} to ${max}` };
  };
}

function textOf(form: RegExp, what: string): Reader<string> {
  return text => (text.length <= MAX_TEXT && form.test(text) ? { value: text } : { hint: what });
}

function readDuration(text: string): Read<number> {
  const value = isDuration(text) ? parseDuration(text) : NaN;
  return value >= 0 && value <= MAX_DRAIN_MS ? { value } : { hint: 'a duration of at most a day, such as 30s' };
}

function readResources(text: string): Read<ContainerResources> {
  const hint = 'requests and limits as a container has them, such as {"requests": {"cpu": "100m", "memory": "160Mi"}}';
  const written = text.length <= MAX_TEXT ? parsedYaml(text) : undefined;
  if (!isMapping(written)) return { hint };
  const entries = Object.entries(written).map(([part, quantities]) => [part, quantitiesFrom(quantities)] as const);
  const isRight = entries.every(([part, found]) => (part === 'requests' || part === 'limits') && found !== undefined);
  return isRight ? { value: Object.fromEntries(entries) } : { hint };
}

function quantitiesFrom(written: unknown): Readonly<Record<string, string>> | undefined {
  if (!isMapping(written)) return undefined;
  const entries = Object.entries(written).map(([name, quantity]) => [name, String(quantity)] as const);
  const isRight = entries.every(([name, quantity]) => RESOURCE_NAME.test(name) && QUANTITY.test(quantity));
  return isRight ? Object.fromEntries(entries) : undefined;
}

function parsedYaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `drain-delay` of `drainDelayMs`: people write units. */
function kebabFrom(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

function shorten(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
