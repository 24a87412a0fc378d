// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { findRollouts } from './found-rollouts.ts';
import type { FoundRollout } from './found-rollouts.ts';
import { findInjectedPods } from './injected-workloads.ts';
import type { InjectedPods } from './injected-workloads.ts';

const POLICIES = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string() }),
        spec: z.object({ mutualTls: z.object({ mode: z.string() }).optional() }).default({}),
      }),
    )
    .default([]),
});
const GATEWAYS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string() }),
        spec: z.object({ gatewayClassName: z.string() }),
      }),
    )
    .default([]),
});

const CLASSES = z.object({
  items: z
    .array(z.object({ metadata: z.object({ name: z.string() }), spec: z.object({ controllerName: z.string() }) }))
    .default([]),
});
const CONTROLLER = 'weir.dev/gateway-controller';

/** What an end of Weir ends. */
export interface UninstallPlan {
  readonly injected: InjectedPods;
  /** NAMESPACE/NAME of AccessPolicies that refuse plaintext. */
  readonly strict: readonly string[];
  /** NAMESPACE/NAME of Gateways that nobody serves afterwards. */
  readonly gateways: readonly string[];
  readonly rollouts: readonly FoundRollout[];
}

export const POLICY_GROUP = '/apis/weir.dev/v1alpha1';
const GATEWAY_GROUP = '/apis/gateway.networking.k8s.io/v1';

/** Throws as the client does. */
export async function planUninstall(cluster: Pick<ClusterReads, 'read'>): Promise<UninstallPlan> {
  const policies = POLICIES.parse((await cluster.read(`${POLICY_GROUP}/accesspolicies`)) ?? {}).items;
  const gateways = GATEWAYS.parse((await cluster.read(`${GATEWAY_GROUP}/gateways`)) ?? {}).items;
  const classes = CLASSES.parse((await cluster.read(`${GATEWAY_GROUP}/gatewayclasses`)) ?? {}).items;
  const own = new Set(classes.filter(({ spec }) => spec.controllerName === CONTROLLER).map(({ metadata }) => metadata.name));
  return {
    injected: await findInjectedPods(cluster),
    strict: policies.filter(({ spec }) => spec.mutualTls?.mode === 'Strict').map(nameOf),
    gateways: gateways.filter(({ spec }) => own.has(spec.gatewayClassName)).map(nameOf),
    rollouts: await findRollouts(cluster),
  };
}

/** For people, before they say yes. Ends with a line feed. */
export function renderPlan({ injected, strict, gateways, rollouts }: UninstallPlan): string {
  const { workloads, others, podCount } = injected;
  const parts: readonly (readonly [title: string, names: readonly string[]])[] = [
    ['Rollouts are under way, and nothing is done without --force', rollouts.flatMap(underWayLine)],
    [
      'Rollouts of Deployments are deleted, so that no pod is held back and all serve',
      rollouts.filter(({ deployment }) => deployment !== undefined).map(nameOfRollout),
    ],
    [
      'Rollouts of two Services stay, and divide nothing: the Service sends to whom its selector selects',
      rollouts.filter(({ deployment }) => deployment === undefined).map(nameOfRollout),
    ],
    ['Gateways stop serving', gateways],
    ['AccessPolicies admit plaintext (mutualTls Permissive)', strict],
    [
      `workloads are restarted, and lose their sidecars (${podCount} pods in all)`,
      workloads.map(one => `${one.kind} ${one.namespace}/${one.name}`),
    ],
    ['pods keep their sidecars until you delete them', others],
  ];
  const lines = parts.flatMap(([title, names]) => (names.length === 0 ? [] : [`${title}:`, ...names.map(name => `    ${name}`)]));
  return `${(lines.length === 0 ? ['nothing depends on Weir'] : lines).join('\n')}\n`;
}

/** What becomes of it. */
function underWayLine({ namespace, name, deployment, phase, isUnderWay }: FoundRollout): readonly string[] {
  if (!isUnderWay) return [];
  const then = deployment === undefined ? '' : `: Deployment ${deployment} finishes with its new pod template`;
  return [`${namespace}/${name} (${phase})${then}`];
}

function nameOfRollout({ namespace, name }: FoundRollout): string {
  return `${namespace}/${name}`;
}

function nameOf({
  metadata: { namespace, name },
}: {
  readonly metadata: { readonly namespace: string; readonly name: string };
}): string {
  return `${namespace}/${name}`;
}
