// SPDX-License-Identifier: Apache-2.0
import type { ResolvedRoute, RouteChange } from '../../resolve/index.ts';

/** Through which Gateways each access policy has effect, by the routes that pass it. */
export class PolicyUsers {
  /** By the policy's `namespace/name`: for each Gateway (`namespace/name`) how many routes pass it. */
  private readonly gateways = new Map<string, Map<string, number>>();

  /** Policies whose Gateways may be others than before. */
  apply(changes: Iterable<RouteChange>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      for (const [difference, route] of [
        [-1, before],
        [1, after],
      ] as const) {
        for (const { policy, gateway } of usesOf(route)) {
          this.add(policy, gateway, difference);
          touched.add(policy);
        }
      }
    }
    return touched;
  }

  /** `namespace/name`, sorted. */
  gatewaysOf(policy: string): readonly string[] {
    return [...(this.gateways.get(policy)?.keys() ?? [])].sort();
  }

  private add(policy: string, gateway: string, difference: number): void {
    const counts = this.gateways.get(policy) ?? new Map<string, number>();
    const count = (counts.get(gateway) ?? 0) + difference;
    if (count === 0) counts.delete(gateway);
    else counts.set(gateway, count);
    if (counts.size === 0) this.gateways.delete(policy);
    else this.gateways.set(policy, counts);
  }
}

interface Use {
  readonly policy: string;
  readonly gateway: string;
}

function usesOf(route: ResolvedRoute | undefined): readonly Use[] {
  const all = (route?.attachments ?? []).map(({ listener }) => gatewayOf(listener));
  return (route?.rules ?? []).flatMap(({ access, backends }) => [
    ...[...access].flatMap(([listener, { links }]) => links.map(({ policy }) => ({ policy, gateway: gatewayOf(listener) }))),
    ...backends.flatMap(backend =>
      (backend.access?.links ?? []).flatMap(({ policy }) => all.map(gateway => ({ policy, gateway }))),
    ),
  ]);
}

/** Names of listeners begin with their Gateway's. */
function gatewayOf(listener: string): string {
  return listener.split('/', 2).join('/');
}
