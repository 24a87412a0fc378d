// SPDX-License-Identifier: Apache-2.0
import type { AppProbe, AppProbes } from './app-probe.ts';
import { ProbeReader } from './probe-reader.ts';

/** What an orchestrator asks a container: Kubernetes' livenessProbe, readinessProbe and startupProbe. */
const KINDS: ReadonlySet<string> = new Set(['livez', 'readyz', 'startupz']);
/** Of DNS labels, as Kubernetes names containers (RFC 1123). */
const CONTAINER = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?$/v;

const MAX_TEXT = 65_536;
const MAX_CONTAINERS = 64;

/** Probes that cannot be read, with all that is wrong in them. */
export class AppProbesError extends Error {
  override readonly name = 'AppProbesError';
}

/**
 * Reads `{"CONTAINER": {"livez": PROBE, "readyz": PROBE, "startupz": PROBE}}`, where PROBE is a Probe of the Kubernetes API with a number
 * for its port. How often it is asked and what that comes to stays the orchestrator's, so those fields are passed over. Throws
 * AppProbesError.
 */
export function parseAppProbes(text: string): AppProbes {
  const problems: string[] = [];
  const probes = new Map<string, AppProbe>();
  for (const [container, kinds] of containersIn(text, problems)) {
    if (!CONTAINER.test(container)) problems.push(`${container}: is no name of a container`);
    for (const [kind, probe] of fieldsOf(kinds, container, problems)) {
      const where = `${container}.${kind}`;
      if (!KINDS.has(kind)) problems.push(`${where}: write livez, readyz or startupz`);
      const found = new ProbeReader(where, problems).read(probe);
      if (found !== undefined) probes.set(`/app-health/${container}/${kind}`, found);
    }
  }
  if (problems.length > 0) throw new AppProbesError(problems.join('\n'));
  return probes;
}

function containersIn(text: string, problems: string[]): readonly (readonly [string, unknown])[] {
  if (text.length > MAX_TEXT) throw new AppProbesError(`they have ${text.length} characters, at most ${MAX_TEXT}`);
  const containers = fieldsOf(parseJson(text), 'the whole', problems);
  if (containers.length > MAX_CONTAINERS) {
    throw new AppProbesError(`they name ${containers.length} containers, at most ${MAX_CONTAINERS}`);
  }
  return containers;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppProbesError('they are no JSON', { cause });
  }
}

function fieldsOf(value: unknown, where: string, problems: string[]): readonly (readonly [string, unknown])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  problems.push(`${where}: is no object`);
  return [];
}
