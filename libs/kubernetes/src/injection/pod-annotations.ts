// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '@weir/policy/documents';
import {
  durationProblem,
  listOf,
  oneOf,
  portProblem,
  quantityProblem,
  ratioProblem,
  userIdProblem,
} from './annotation-values.ts';
import type { ValueCheck } from './annotation-values.ts';
import { cidrProblem } from './cidr-problem.ts';

interface AnnotationSpec {
  readonly about: string;
  /** What is wrong with a value, and what to write; undefined = nothing. */
  readonly check: ValueCheck;
  /** Flag that gets the value; undefined = it is none of a flag. */
  readonly flag?: { readonly of: 'intercept' | 'sidecar'; readonly name: string };
  /** What there is without it. */
  readonly fallback: string;
}

/** Every annotation that may stand on a Pod. `docs/injection.md` has the same table. */
export const POD_ANNOTATIONS = {
  'weir.dev/inject': {
    about: '`"false"`: no sidecar; `"true"`: one, or no pod where it can have none; the namespace has to be labelled',
    check: oneOf('true', 'false'),
    fallback: 'what the namespace says',
  },
  'weir.dev/proxy-cpu': { about: 'CPU that the sidecar requests', check: quantityProblem, fallback: 'of the chart' },
  'weir.dev/proxy-cpu-limit': { about: 'CPU that it may use', check: quantityProblem, fallback: 'of the chart' },
  'weir.dev/proxy-memory': { about: 'memory that it requests', check: quantityProblem, fallback: 'of the chart' },
  'weir.dev/proxy-memory-limit': { about: 'memory that it may use', check: quantityProblem, fallback: 'of the chart' },
  'weir.dev/exclude-inbound-ports': {
    about: 'ports that others reach **without mutual TLS and without any policy**: `22,8000-8100`',
    check: listOf(portProblem),
    flag: { of: 'intercept', name: 'exclude-inbound-ports' },
    fallback: 'none',
  },
  'weir.dev/exclude-outbound-ports': {
    about: 'ports that the application calls without the sidecar',
    check: listOf(portProblem),
    flag: { of: 'intercept', name: 'exclude-outbound-ports' },
    fallback: 'none',
  },
  'weir.dev/exclude-outbound-cidrs': {
    about: 'addresses that it calls without the sidecar: `169.254.169.254,10.0.0.0/8`',
    check: listOf(cidrProblem),
    flag: { of: 'intercept', name: 'exclude-outbound-cidrs' },
    fallback: 'none',
  },
  'weir.dev/exclude-user-ids': {
    about: 'users whose programs call without the sidecar: `0,1000-1999`',
    check: listOf(userIdProblem),
    flag: { of: 'intercept', name: 'exclude-user-ids' },
    fallback: 'none',
  },
  'weir.dev/access-log': {
    about: 'a line for each request on the standard output of the sidecar: `json`, `human` or `off`',
    check: oneOf('json', 'human', 'off'),
    flag: { of: 'sidecar', name: 'access-log' },
    fallback: 'of the chart',
  },
  'weir.dev/trace-ratio': {
    about: 'share of requests without a trace that begin one, 0 to 1',
    check: ratioProblem,
    flag: { of: 'sidecar', name: 'trace-ratio' },
    fallback: 'of the chart, where there is a collector',
  },
  'weir.dev/drain-deadline': {
    about: 'how long connections may take to end once the application has ended',
    check: durationProblem,
    flag: { of: 'sidecar', name: 'drain-deadline' },
    fallback: 'of the chart',
  },
} as const satisfies Readonly<Record<string, AnnotationSpec>>;

const SPECS: ReadonlyMap<string, AnnotationSpec> = new Map(Object.entries(POD_ANNOTATIONS));

/** What other meshes have as annotations, and Weir has elsewhere: who writes it here counts on something that does not happen. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'weir.dev/opaque-ports': 'write `appProtocol: tcp` at the port of the Service, so that callers and the sidecar know it as well',
};

/** Names of Weir's own annotations begin so; all others are somebody else's. */
const PREFIX = 'weir.dev/';

type Annotations = Readonly<Record<string, string>>;

/** All that is wrong with the annotations of a Pod that gets a sidecar. */
export function annotationProblems(annotations: Annotations): readonly string[] {
  return Object.entries(annotations).flatMap(([name, value]) => {
    if (!name.startsWith(PREFIX)) return [];
    const spec = SPECS.get(name);
    if (spec === undefined) return [`annotation ${name} is none that Weir reads of a Pod: ${adviceFor(name)}`];
    const problem = spec.check(value);
    return problem === undefined ? [] : [`annotation ${name}: ${problem}`];
  });
}

/** `--flag=value` for each annotation that says something to this command. */
export function flagsFrom(annotations: Annotations, command: 'intercept' | 'sidecar'): readonly string[] {
  return Object.entries(annotations).flatMap(([name, value]) => {
    const flag = SPECS.get(name)?.flag;
    return flag?.of === command ? [`--${flag.name}=${value}`] : [];
  });
}

function adviceFor(name: string): string {
  const elsewhere = ELSEWHERE[name];
  if (elsewhere !== undefined) return elsewhere;
  const nearest = nearestName(name, SPECS.keys());
  return nearest === undefined ? `write one of ${[...SPECS.keys()].join(', ')}` : `did you mean \`${nearest}\`?`;
}
