// SPDX-License-Identifier: Apache-2.0
import { injectionObstacles } from './injection-obstacles.ts';
import type { InjectionSettings } from './injection-settings.ts';
import { lifecycleWarnings } from './lifecycle-warnings.ts';
import { allContainers, parsePod } from './pod.ts';
import type { Container, Pod } from './pod.ts';
import { addedProbes } from './probes-variable.ts';
import { askedProbes, withRewrittenProbes } from './rewrite-probes.ts';
import type { AskedProbes } from './rewrite-probes.ts';
import { interceptContainer, sidecarContainer } from './sidecar-container.ts';
import type { InjectionPlan } from './sidecar-container.ts';
import { INJECTED_LABEL, INJECT_LABEL, SIDECAR } from './sidecar-place.ts';
import { VOLUMES } from './sidecar-volumes.ts';

/** What becomes of a Pod. */
export type Injection =
  | { readonly kind: 'patched'; readonly pod: unknown; readonly warnings: readonly string[] }
  /** It runs without a sidecar; `isWorthSaying`: whoever made it should know. */
  | { readonly kind: 'unchanged'; readonly reason: string; readonly isWorthSaying: boolean }
  /** It must not run: with words on what to write. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface InjectionContext {
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly settings: InjectionSettings;
}

/** Puts a sidecar into a Pod that is to have one. Never throws: what is no Pod is refused. */
export function injectPod(value: unknown, context: InjectionContext): Injection {
  const parsed = parsePod(value);
  if (!parsed.isValid) return { kind: 'refused', reason: parsed.reason };
  const { pod } = parsed;
  return reasonAgainst(pod, context) ?? (hasSidecar(pod) ? withAddedProbes(pod) : withSidecar(pod, context));
}

/** Why it gets none: undefined where it does. */
function reasonAgainst(pod: Pod, { namespaceLabels }: InjectionContext): Injection | undefined {
  const wish = pod.metadata.annotations?.['weir.dev/inject'];
  if (wish === 'false') return passesForInjected(pod) ?? unchanged('its annotation weir.dev/inject says "false"');
  if (wish === undefined && namespaceLabels[INJECT_LABEL.name] !== INJECT_LABEL.value) {
    return unchanged(`its namespace is not labelled ${INJECT_LABEL.name}: ${INJECT_LABEL.value}`);
  }
  const unfit = unfitness(pod);
  if (unfit === undefined) return undefined;
  const reason = `${unfit}: it can have no sidecar`;
  if (wish === undefined) return { kind: 'unchanged', reason, isWorthSaying: true };
  return { kind: 'refused', reason: `${reason}, though its annotation weir.dev/inject asks for one: leave the annotation out` };
}

/** Callers would speak mutual TLS to it, and nobody would answer. */
function passesForInjected(pod: Pod): Injection | undefined {
  if (pod.metadata.labels?.[INJECTED_LABEL] === undefined || hasSidecar(pod)) return undefined;
  const reason = `label ${INJECTED_LABEL} says that the pod has a sidecar, and its annotation weir.dev/inject that it has none: leave the label out`;
  return { kind: 'refused', reason };
}

function hasSidecar(pod: Pod): boolean {
  return allContainers(pod).some(({ name }) => name === SIDECAR.name);
}

/** Another webhook may have added containers since the sidecar was put in, and this one is asked again (reinvocationPolicy). */
function withAddedProbes(pod: Pod): Injection {
  const { asked, problems } = askedProbes(pod);
  if (problems.length > 0) return refused(problems);
  const initContainers = pod.spec.initContainers ?? [];
  const isOurs = pod.metadata.labels?.[INJECTED_LABEL] === 'true' && initContainers.some(({ name }) => name === SIDECAR.name);
  if (!isOurs || Object.keys(asked).length === 0) return unchanged('it has a sidecar already');
  const spec = {
    ...pod.spec,
    containers: pod.spec.containers.map(withRewrittenProbes),
    initContainers: initContainers.map(withRewrittenProbes).map(container => withMoreProbes(container, asked)),
  };
  return { kind: 'patched', pod: { ...pod, spec }, warnings: [] };
}

function withMoreProbes(container: Container, asked: AskedProbes): Container {
  return container.name === SIDECAR.name ? { ...container, env: addedProbes(container.env ?? [], asked) } : container;
}

function refused(problems: readonly string[]): Injection {
  return { kind: 'refused', reason: `no sidecar can be put into the pod: ${problems.join('; ')}` };
}

function unchanged(reason: string): Injection {
  return { kind: 'unchanged', reason, isWorthSaying: false };
}

/** What of a Pod says that it can have no sidecar. */
export interface MaybeUnfit {
  readonly metadata: Pick<Pod['metadata'], 'annotations'>;
  readonly spec: Pick<Pod['spec'], 'hostNetwork' | 'nodeSelector'> & { readonly os?: { readonly name: string } | undefined };
}

/** Why a sidecar cannot be put into a Pod, whatever anybody writes; undefined = it can, as far as this goes. */
export function unfitness({ metadata, spec }: MaybeUnfit): string | undefined {
  if (spec.hostNetwork === true) return "the pod has its node's network (hostNetwork), of which all would be redirected";
  // Most say it by where they may run, and nothing of the field `os`.
  if ([spec.os?.name, spec.nodeSelector?.['kubernetes.io/os']].includes('windows')) return 'the pod runs on Windows';
  // The kubelet has it in a file, and shows it here: no change would reach it.
  if (metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return 'the pod is the mirror of a static one';
  return undefined;
}

function withSidecar(pod: Pod, context: InjectionContext): Injection {
  const { asked, problems } = askedProbes(pod);
  const obstacles = [...injectionObstacles(pod, context), ...problems];
  if (obstacles.length > 0) return refused(obstacles);
  const plan = { settings: context.settings, annotations: pod.metadata.annotations ?? {}, probes: asked };
  return { kind: 'patched', pod: patchedPod(pod, plan), warnings: lifecycleWarnings(pod) };
}

function patchedPod({ metadata, spec, ...rest }: Pod, plan: InjectionPlan): unknown {
  const { containers, initContainers = [], volumes = [] } = spec;
  return {
    ...rest,
    metadata: { ...metadata, labels: { ...metadata.labels, [INJECTED_LABEL]: 'true' } },
    spec: {
      ...spec,
      containers: containers.map(withRewrittenProbes),
      // First, so that what other init containers call is redirected as well, and there is somebody to take it.
      initContainers: [interceptContainer(plan), sidecarContainer(plan), ...initContainers.map(withRewrittenProbes)],
      volumes: [...volumes, ...VOLUMES],
    },
  };
}
