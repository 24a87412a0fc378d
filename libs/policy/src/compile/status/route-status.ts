// SPDX-License-Identifier: Apache-2.0
import { CONTROLLER_NAME, MESH_CONTROLLER_NAME } from '../../resolve/index.ts';
import type { ResolvedRoute } from '../../resolve/index.ts';
import { isEqualContent } from '../../resolve/incremental/is-equal-content.ts';
import { stampConditions } from './stamp-conditions.ts';
import type { RouteStatus } from './status.ts';

/** The same for routes of all kinds. */
export function routeStatus({ document, parents }: ResolvedRoute, before: RouteStatus | undefined, nowMs: number): RouteStatus {
  const stamp = { generation: document.generation, nowMs };
  return {
    parents: parents.map(({ ref, findings }) => {
      const previous = before?.parents.find(parent => isEqualContent(parent.parentRef, ref));
      const conditions = stampConditions(findings, previous?.conditions, stamp);
      return { parentRef: ref, controllerName: ref.kind === 'Service' ? MESH_CONTROLLER_NAME : CONTROLLER_NAME, conditions };
    }),
  };
}
