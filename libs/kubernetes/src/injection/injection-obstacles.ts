// SPDX-License-Identifier: Apache-2.0
import { quantityFromText } from './quantity.ts';
import type { InjectionSettings } from './injection-settings.ts';
import { allContainers } from './pod.ts';
import type { Pod } from './pod.ts';
import { annotationProblems } from './pod-annotations.ts';
import { resourcesFrom } from './sidecar-container.ts';
import { INJECTED_LABEL, SIDECAR, SIDECAR_PORTS } from './sidecar-place.ts';
import { VOLUMES } from './sidecar-volumes.ts';

type Labels = Readonly<Record<string, string>>;

const ENFORCED_LEVEL = 'pod-security.kubernetes.io/enforce';

/** Levels of Pod Security under which no container may have NET_ADMIN. */
const CLOSED_LEVELS: ReadonlySet<string> = new Set(['baseline', 'restricted']);

/** Why no sidecar can go into the pod, all at once, each with what to write. */
export function injectionObstacles(
  pod: Pod,
  { namespaceLabels, settings }: { readonly namespaceLabels: Labels; readonly settings: InjectionSettings },
): readonly string[] {
  const { annotations = {}, labels = {} } = pod.metadata;
  const wrong = annotationProblems(annotations);
  return [
    ...wrong,
    ...(wrong.length > 0 ? [] : resourceProblems(settings, annotations)),
    ...podSecurityProblem(namespaceLabels),
    ...userProblems(pod),
    ...portProblems(pod),
    ...volumeProblems(pod),
    ...(labels[INJECTED_LABEL] === undefined ? [] : [`label ${INJECTED_LABEL} is written by Weir alone: leave it out`]),
  ];
}

function podSecurityProblem(labels: Labels): readonly string[] {
  const level = labels[ENFORCED_LEVEL];
  if (level === undefined || !CLOSED_LEVELS.has(level)) return [];
  return [
    `the namespace has ${ENFORCED_LEVEL}: ${level}, which forbids the capability NET_ADMIN that redirecting to the sidecar needs: ` +
      `write ${ENFORCED_LEVEL}: privileged on the namespace (warn and audit may stay at ${level}), or weir.dev/inject: "false" on the pod`,
  ];
}

/** What runs as the sidecar's user goes round it. */
function userProblems(pod: Pod): readonly string[] {
  const fault = `runs as user ${SIDECAR.userId}, which is the sidecar's and is not redirected: write another runAsUser`;
  const containers = allContainers(pod)
    .filter(({ securityContext }) => securityContext?.runAsUser === SIDECAR.userId)
    .map(({ name }) => `container ${name} ${fault}`);
  return pod.spec.securityContext?.runAsUser === SIDECAR.userId ? [`the pod ${fault}`, ...containers] : containers;
}

function portProblems(pod: Pod): readonly string[] {
  return allContainers(pod).flatMap(({ name, ports = [] }) =>
    ports
      .filter(({ containerPort }) => SIDECAR_PORTS.has(containerPort))
      .map(({ containerPort }) => `container ${name} has port ${containerPort}, which is the sidecar's: write another one`),
  );
}

function volumeProblems({ spec }: Pod): readonly string[] {
  const own: ReadonlySet<string> = new Set(VOLUMES.map(({ name }) => name));
  return (spec.volumes ?? [])
    .filter(({ name }) => own.has(name))
    .map(({ name }) => `the pod has a volume ${name}, which is the sidecar's: give it another name`);
}

/** Kubernetes refuses a request above its limit in words that do not say where both come from. */
function resourceProblems(settings: InjectionSettings, annotations: Readonly<Record<string, string>>): readonly string[] {
  const { requests, limits } = resourcesFrom(settings, annotations);
  return Object.entries(requests).flatMap(([name, requested]) => {
    const limit = limits[name];
    if (limit === undefined || (quantityFromText(requested) ?? 0) <= (quantityFromText(limit) ?? 0)) return [];
    return [
      `the sidecar would request ${name} ${requested}, above its limit of ${limit}: write weir.dev/proxy-${name}-limit as well`,
    ];
  });
}
