// SPDX-License-Identifier: Apache-2.0
import type { Backend, ResourceName, Revision, Split } from '@weir/policy/snapshot';

/** Between the name of a Service's port and that of a revision; neither can have it. */
const MARK = '~';

/**
 * A revision as a backend of its own, `backend/NAMESPACE/SERVICE/PORT~REVISION` and `namespace/service:port~revision`: what is known of
 * the health of endpoints, breakers, limits and metrics go by these, so that those of two revisions never mix.
 */
export function backendOfRevision({ split: _, ...backend }: Backend, { revision, endpoints }: Revision): Backend {
  const callers = backend.name.indexOf('@');
  const end = callers === -1 ? backend.name.length : callers;
  const name: ResourceName = backend.name.slice(0, end) + MARK + revision + backend.name.slice(end);
  return { ...backend, name, label: backend.label + MARK + revision, endpoints };
}

/** A backend as it runs: itself, or its two revisions. */
export function servedBackends(backend: Backend): readonly Backend[] {
  const { split } = backend;
  if (split === undefined) return [backend];
  return [backendOfRevision(backend, split.stable), backendOfRevision(backend, split.candidate)];
}

/** `namespace/service:port`, also of a revision: sessions go on when a split begins or ends. */
export function labelOfService(label: string): string {
  const end = label.indexOf(MARK);
  return end === -1 ? label : label.slice(0, end);
}

/** Place in the memory of all workers of what takes a candidate out; another one for each step, and one for all ways to call the port. */
export function fuseName({ label }: Backend, { rollout, step }: Split): ResourceName {
  return `fuse/${label}/${rollout}/${step}`;
}
