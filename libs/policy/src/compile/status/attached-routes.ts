// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRoute, RouteChange } from '../../resolve/index.ts';

/** How many accepted routes each listener has (ListenerStatus.attachedRoutes): each route once, however many parentRefs lead there. */
export class AttachedRoutes {
  private readonly counts = new Map<string, number>();

  /** Whether any count changed. */
  apply(changes: Iterable<RouteChange>): boolean {
    let isChanged = false;
    for (const { before, after } of changes) {
      const left = listenersOf(before);
      const taken = listenersOf(after);
      for (const listener of left.difference(taken)) isChanged = this.add(listener, -1);
      for (const listener of taken.difference(left)) isChanged = this.add(listener, 1);
    }
    return isChanged;
  }

  /** `listener`: `namespace/gateway/listener`. */
  countOf(listener: string): number {
    return this.counts.get(listener) ?? 0;
  }

  private add(listener: string, difference: number): true {
    const count = this.countOf(listener) + difference;
    if (count === 0) this.counts.delete(listener);
    else this.counts.set(listener, count);
    return true;
  }
}

function listenersOf(route: ResolvedRoute | undefined): ReadonlySet<string> & Set<string> {
  return new Set((route?.parents ?? []).flatMap(({ listeners }) => listeners));
}
