// SPDX-License-Identifier: Apache-2.0
import { isDuration, parseDuration } from '@weir/base';
import { parse as parseYaml } from 'yaml';

/** A value, or what is to be written in its place. */
export type ReadParameter<Value> = { readonly hint: string } | { readonly value: Value };

/** Reads what stands under one key of a ConfigMap, without blanks around it. */
export type ParameterReader<Value> = (text: string) => ReadParameter<Value>;

/** What a container requests and may use, as Kubernetes writes quantities. */
export interface ContainerResources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

const MAX_TEXT = 1024;
/** Longer than a day, a rollout would never end. */
const MAX_DURATION_MS = 86_400_000;
/** resource.Quantity of Kubernetes, without exponents. */
const QUANTITY = /^\d+(?:\.\d+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?$/;
const RESOURCE_NAME = /^[a-z][-a-z0-9./]{0,252}$/;

export function oneOf<Value extends string>(...values: readonly Value[]): ParameterReader<Value> {
  return text => {
    const value = values.find(one => one === text);
    return value === undefined ? { hint: values.join(' or ') } : { value };
  };
}

export function countOf(min: number, max: number): ParameterReader<number> {
  return text => {
    const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? { value } : { hint: `a whole number from ${min} to ${max}` };
  };
}

/** `what`: what is to be written, for people. */
export function textOf(form: RegExp, what: string): ParameterReader<string> {
  return text => (text.length <= MAX_TEXT && form.test(text) ? { value: text } : { hint: what });
}

/** In milliseconds. */
export function readDuration(text: string): ReadParameter<number> {
  const value = isDuration(text) ? parseDuration(text) : NaN;
  return value >= 0 && value <= MAX_DURATION_MS ? { value } : { hint: 'a duration of at most a day, such as 30s' };
}

/** A share of all, 0 to 1. */
export function readRatio(text: string): ReadParameter<number> {
  const value = /^\d(?:\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
  return value >= 0 && value <= 1 ? { value } : { hint: 'a share from 0 to 1, such as 0.01' };
}

/** YAML or JSON of what a container has under `resources`. */
export function readResources(text: string): ReadParameter<ContainerResources> {
  const hint = 'requests and limits as a container has them, such as {"requests": {"cpu": "100m", "memory": "160Mi"}}';
  const written = text.length <= MAX_TEXT ? parsedYaml(text) : undefined;
  if (!isMapping(written)) return { hint };
  const entries = Object.entries(written).map(([part, quantities]) => [part, quantitiesFrom(quantities)] as const);
  const isRight = entries.every(([part, found]) => (part === 'requests' || part === 'limits') && found !== undefined);
  return isRight ? { value: Object.fromEntries(entries) } : { hint };
}

export const readImage = textOf(/^[a-zA-Z0-9][-\w./:@]*$/, 'the name of an image, such as registry.example/weir:1.2.3');
export const readPullPolicy = oneOf('Always', 'IfNotPresent', 'Never');
export const readCollector = textOf(/^https?:\/\/[^\s]+$/, 'a URL, such as http://collector.monitoring:4318');
export const readAccessLog = oneOf('json', 'human', 'off');

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
