// SPDX-License-Identifier: Apache-2.0
import { holds } from '../condition/finding.ts';
import type { RouteFindings } from '../condition/findings.ts';
import type { PolicyChain } from '../policy/policy-chain.ts';
import type { ResolvedRoute } from './resolved-route.ts';

/** Kubernetes takes 32,768 characters in a condition's message. */
const MAX_LENGTH = 4096;

type Rules = ResolvedRoute['rules'];

/** Which policies hold for a route's requests that come by some listeners; undefined = none do. */
export function effectivePolicies(rules: Rules, listeners: readonly string[]): RouteFindings['weir.dev/EffectivePolicies'] {
  const perRule = rules.map(rule => ({ name: rule.name, text: textOf(rule, listeners) }));
  const [first] = perRule;
  if (first === undefined || perRule.every(({ text }) => text === '')) return undefined;
  const isSame = perRule.every(({ text }) => text === first.text);
  const message = isSame
    ? first.text
    : perRule.map(({ name, text }) => `rule ${name}: ${text === '' ? 'none' : text}`).join('; ');
  return holds('Merged', message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH)}…` : message);
}

function textOf(rule: Rules[number], listeners: readonly string[]): string {
  const { access, backends, mesh } = rule;
  // In the mesh it is the receiver of a Service who asks, and who has told of a rule what it knows of it.
  const isOfMesh = listeners.some(listener => mesh.has(listener));
  const accessChains = [
    ...listeners.flatMap(listener => access.get(listener) ?? mesh.get(listener)?.receiver?.access ?? []),
    ...(isOfMesh ? [] : backends.flatMap(backend => backend.access ?? [])),
  ];
  const texts = [
    ...accessChains.flatMap(chain => textsOf('AccessPolicy', chain)),
    ...trafficChains(rule, listeners).flatMap(chain => textsOf('TrafficPolicy', chain)),
  ];
  return [...new Set(texts)].join(', ');
}

/** Widest first; how a backend is called names every policy on the way to it. */
function trafficChains(rule: Rules[number], listeners: readonly string[]): readonly PolicyChain[] {
  const found = listeners.flatMap(listener => rule.traffic.get(listener) ?? []);
  return [
    ...found.flatMap(({ limits, backends }) => [...backends.map(({ calls }) => calls), limits].flatMap(chain => chain ?? [])),
    ...listeners.flatMap(listener => rule.mesh.get(listener)?.receiver?.limits ?? []),
  ];
}

function textsOf(kind: string, { links }: PolicyChain): readonly string[] {
  return links.map(({ scope, policy }) => `${kind} ${policy} on ${scope}`);
}
