// SPDX-License-Identifier: Apache-2.0
import { INJECT_LABEL, INJECTED_LABEL, MANAGED_BY_LABEL, MANAGED_BY_WEIR, SIDECAR, unfitness } from '@weir/kubernetes';
import { z } from 'zod';
import type { ClusterReads } from '../cluster-reads.ts';
import { labelledNamespaces } from '../labelled-namespaces.ts';
import { listed, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

type Reads = Pick<ClusterReads, 'read'>;

const CLASS_LABEL = 'gateway.networking.k8s.io/gateway-class-name';
const TEXTS = z.record(z.string(), z.string()).default({});
const DEPLOYMENTS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), namespace: z.string() }),
        spec: z.object({ replicas: z.number().default(1) }).default({ replicas: 1 }),
        status: z.object({ availableReplicas: z.number().default(0) }).default({ availableReplicas: 0 }),
      }),
    )
    .default([]),
});
const PODS = z.object({
  items: z
    .array(
      z.object({
        metadata: z.object({ name: z.string(), labels: TEXTS, annotations: TEXTS, deletionTimestamp: z.string().optional() }),
        spec: z.object({
          serviceAccountName: z.string().default('default'),
          hostNetwork: z.boolean().default(false),
          nodeSelector: TEXTS,
          os: z.object({ name: z.string() }).optional(),
          initContainers: z.array(z.object({ name: z.string(), image: z.string().default('') })).default([]),
        }),
        status: z.object({ phase: z.string().default('') }).default({ phase: '' }),
      }),
    )
    .default([]),
});

/** Whether what Gateways run as is there. */
export async function checkGateways(cluster: Reads): Promise<Finding> {
  const selector = encodeURIComponent(`${MANAGED_BY_LABEL}=${MANAGED_BY_WEIR},${CLASS_LABEL}`);
  const { items } = DEPLOYMENTS.parse((await cluster.read(`/apis/apps/v1/deployments?labelSelector=${selector}`)) ?? {});
  const short = items.filter(({ spec, status }) => status.availableReplicas < spec.replicas);
  if (short.length === 0) return ok('gateways', `${items.length} Gateways have all of their pods`);
  const names = listed(
    short.map(
      ({ metadata: { namespace, name }, spec, status }) => `${namespace}/${name} ${status.availableReplicas}/${spec.replicas}`,
    ),
  );
  const hint = 'kubectl describe pods -n NAMESPACE -l gateway.networking.k8s.io/gateway-name says why';
  return warning('gateways', { message: `Deployments of Gateways have too few pods: ${names}`, hint });
}

/**
 * Whether pods of labelled namespaces have sidecars, and those are connected: `proxies` are names NAMESPACE/SERVICE-ACCOUNT/NAME, undefined =
 * not known; `image` is what new sidecars are made of, undefined = by nobody at present.
 */
export async function checkSidecars(
  cluster: Reads,
  { proxies, image }: { readonly proxies: readonly string[] | undefined; readonly image: string | undefined },
): Promise<readonly Finding[]> {
  const found = await meshedPods(cluster);
  const injected = found.filter(({ sidecar }) => sidecar !== undefined);
  const bare = found.filter(({ sidecar, isExempt }) => sidecar === undefined && !isExempt);
  const older = image === undefined ? [] : injected.filter(({ sidecar }) => sidecar !== image);
  const restart = 'kubectl rollout restart their workloads: sidecars come with new pods';
  const findings: Finding[] = [];
  if (bare.length > 0) {
    const message = `pods of labelled namespaces have no sidecar: ${listed(bare.map(({ name }) => name))}`;
    findings.push(warning('sidecars', { message, hint: restart }));
  }
  if (older.length > 0) {
    const message = `sidecars are of another version than the control plane: ${listed(older.map(({ name }) => name))}`;
    findings.push(warning('sidecar-versions', { message, hint: restart }));
  }
  if (proxies !== undefined) findings.push(...connectedFindings(injected, proxies));
  return findings.length > 0 ? findings : [ok('sidecars', `${injected.length} pods have sidecars`)];
}

interface MeshedPod {
  /** NAMESPACE/NAME. */
  readonly name: string;
  /** NAMESPACE/SERVICE-ACCOUNT. */
  readonly identity: string;
  /** Image of its sidecar; undefined = it has none. */
  readonly sidecar: string | undefined;
  /** Somebody wants it so, or it cannot have one. */
  readonly isExempt: boolean;
}

async function meshedPods(cluster: Reads): Promise<readonly MeshedPod[]> {
  const namespaces = await labelledNamespaces(cluster);
  const all = await Promise.all(
    namespaces.map(async ({ name: namespace }) => {
      const pods = PODS.parse((await cluster.read(`/api/v1/namespaces/${namespace}/pods`)) ?? {}).items;
      const running = pods.filter(
        ({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running',
      );
      return running.map(({ metadata: { name, labels, annotations }, spec }): MeshedPod => ({
        name: `${namespace}/${name}`,
        identity: `${namespace}/${spec.serviceAccountName}`,
        sidecar:
          labels[INJECTED_LABEL] === undefined ? undefined : spec.initContainers.find(one => one.name === SIDECAR.name)?.image,
        isExempt:
          annotations[INJECT_LABEL.name] === 'false' ||
          unfitness({ metadata: { annotations }, spec }) !== undefined ||
          labels[CLASS_LABEL] !== undefined,
      }));
    }),
  );
  return all.flat();
}

/** Of each identity as many proxies are connected as pods have sidecars. */
function connectedFindings(injected: readonly MeshedPod[], proxies: readonly string[]): readonly Finding[] {
  const byIdentity = Map.groupBy(injected, ({ identity }) => identity);
  const away = [...byIdentity].flatMap(([identity, pods]) => {
    const count = proxies.filter(proxy => proxy.startsWith(`${identity}/`)).length;
    return count < pods.length ? [`${identity} ${count}/${pods.length}`] : [];
  });
  if (away.length === 0) return [];
  const hint = 'they go on with what they have until their certificates expire: kubectl logs POD -c weir-sidecar says why';
  return [warning('sidecars-connected', { message: `sidecars are not connected: ${listed(away)}`, hint })];
}
