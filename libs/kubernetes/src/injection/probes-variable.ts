// SPDX-License-Identifier: Apache-2.0
import * as z from 'zod';
import type { Container } from './pod.ts';
import type { AskedProbes } from './rewrite-probes.ts';

type Environment = NonNullable<Container['env']>;

const NAME = 'WEIR_PROBES';

const probesSchema = z.record(z.string(), z.record(z.string(), z.unknown()));

/** What the sidecar reads its probes from. */
export function probesVariable(probes: AskedProbes): Environment[number] {
  // Kubernetes would put variables in the place of `$(NAME)`, also in what stands in a probe.
  return { name: NAME, value: JSON.stringify(probes).replaceAll('$(', '$$$$(') };
}

/** The variables with more probes among them. What cannot be read there is none of Weir's, and gives way. */
export function addedProbes(environment: Environment, more: AskedProbes): Environment {
  const before = probesIn(environment.find(({ name }) => name === NAME)?.value ?? '');
  const containers = new Set([...Object.keys(before), ...Object.keys(more)]);
  const probes = Object.fromEntries([...containers].map(name => [name, { ...before[name], ...more[name] }]));
  return [...environment.filter(({ name }) => name !== NAME), probesVariable(probes)];
}

function probesIn(text: string): AskedProbes {
  try {
    return probesSchema.parse(JSON.parse(text.replaceAll('$$(', '$(')));
  } catch {
    return {};
  }
}
