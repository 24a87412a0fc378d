// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRoute, RouteChange, UnenforcedPolicy } from '../../resolve/index.ts';

/** Which policies nobody enforces for some rules of routes in the mesh, and why. */
export class UnenforcedPolicies {
  /** By the policy's `namespace/name`, then by the route's key. */
  private readonly messages = new Map<string, Map<string, readonly string[]>>();
  private readonly kind: UnenforcedPolicy['kind'];

  constructor(kind: UnenforcedPolicy['kind']) {
    this.kind = kind;
  }

  /** Policies of the kind of which something else is true than before. */
  apply(changes: ReadonlyMap<string, RouteChange>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const [route, { before, after }] of changes) {
      for (const { policy } of this.foundIn(before)) {
        this.messages.get(policy)?.delete(route);
        touched.add(policy);
      }
      for (const [policy, found] of Map.groupBy(this.foundIn(after), one => one.policy)) {
        const byRoute = this.messages.get(policy) ?? new Map<string, readonly string[]>();
        byRoute.set(
          route,
          found.map(({ message }) => message),
        );
        this.messages.set(policy, byRoute);
        touched.add(policy);
      }
    }
    for (const policy of touched) if (this.messages.get(policy)?.size === 0) this.messages.delete(policy);
    return touched;
  }

  /** Each once, in the order of routes. */
  of(policy: string): readonly string[] {
    const byRoute = [...(this.messages.get(policy) ?? [])].sort(([left], [right]) => (left < right ? -1 : 1));
    return [...new Set(byRoute.flatMap(([, messages]) => messages))];
  }

  private foundIn(route: ResolvedRoute | undefined): readonly UnenforcedPolicy[] {
    const all = (route?.rules ?? []).flatMap(({ mesh }) => [...mesh.values()].flatMap(({ unenforced }) => unenforced));
    return all.filter(({ kind }) => kind === this.kind);
  }
}
