// SPDX-License-Identifier: Apache-2.0
import type { Mesh, MeshServiceChange, PolicyFindings, ResolvedAccessPolicy, ResolvedMeshService } from '../../resolve/index.ts';

/** Nobody reads as many names in a condition. */
const MAX_NAMED = 8;

type Finding = PolicyFindings['weir.dev/EnforcedAt'];

/**
 * Who enforces an AccessPolicy for Services: gateways always, and for callers from inside the sidecars of those who receive, where
 * there are any. Undefined = there is no mesh, or the policy is for something else.
 */
export function enforcedAt({ document }: ResolvedAccessPolicy, { isOn, services }: Mesh): Finding {
  const covered = isOn ? document.spec.targetRefs.flatMap(target => coveredBy(target, document.namespace, services)) : [];
  if (covered.length === 0) return undefined;
  const open = [...new Set(covered.filter(hasOpenEndpoints).map(({ document: { name } }) => name))].sort();
  if (open.length === 0) {
    return { status: 'True', reason: 'GatewayAndReceiver', message: 'gateways enforce it, and the sidecars of all endpoints' };
  }
  const rest = open.length > MAX_NAMED ? ` and ${open.length - MAX_NAMED} more` : '';
  const names = `${open.slice(0, MAX_NAMED).join(', ')}${rest}`;
  return {
    status: 'True',
    reason: 'Gateway',
    message: `gateways enforce it; callers inside bypass it at endpoints without sidecar of ${names}`,
  };
}

/** Keys of Services some of whose endpoints have come to have a sidecar, or to have none. */
export function changedCoverage(changes: ReadonlyMap<string, MeshServiceChange>): ReadonlySet<string> {
  const changed = [...changes].filter(([, { before, after }]) => coverageOf(before) !== coverageOf(after));
  return new Set(changed.map(([key]) => key));
}

/** Whether a policy is for one of the Services. */
export function isForService({ document }: ResolvedAccessPolicy, services: ReadonlySet<string>): boolean {
  const { namespace, spec } = document;
  return spec.targetRefs.some(({ kind, name }) =>
    kind === 'Service'
      ? services.has(`${namespace}/${name}`)
      : kind === 'Namespace' && [...services].some(key => key.startsWith(`${namespace}/`)),
  );
}

type Target = ResolvedAccessPolicy['document']['spec']['targetRefs'][number];

function coveredBy({ kind, name }: Target, namespace: string, services: Mesh['services']): readonly ResolvedMeshService[] {
  if (kind === 'Service') return [services.get(`${namespace}/${name}`) ?? []].flat();
  if (kind !== 'Namespace' || name !== namespace) return [];
  return [...services.values()].filter(({ document }) => document.namespace === namespace);
}

function hasOpenEndpoints({ members }: ResolvedMeshService): boolean {
  return members.some(({ identity }) => identity === undefined);
}

function coverageOf(service: ResolvedMeshService | undefined): boolean | undefined {
  return service && hasOpenEndpoints(service);
}
