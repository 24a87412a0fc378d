// SPDX-License-Identifier: Apache-2.0
import { callerListenerFrom } from '../../resolve/index.ts';
import type { PolicyChain, ResolvedRoute, RouteChange } from '../../resolve/index.ts';
import { GatewayCounts } from '../../resolve/incremental/gateway-counts.ts';

/** The policies that a route passes, and by which listener; undefined = by each of its own. */
export interface PolicyUse {
  readonly chain: PolicyChain;
  readonly listener: string | undefined;
}

/** Through which Gateways each policy of a kind has effect, by the routes that pass it. */
export class PolicyUsers {
  /** By the policy's `namespace/name`. */
  private readonly gateways = new GatewayCounts();
  private readonly usesOf: (route: ResolvedRoute) => readonly PolicyUse[];

  constructor(usesOf: (route: ResolvedRoute) => readonly PolicyUse[]) {
    this.usesOf = usesOf;
  }

  /** Policies whose Gateways may be others than before. */
  apply(changes: Iterable<RouteChange>): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      for (const [difference, route] of [
        [-1, before],
        [1, after],
      ] as const) {
        for (const { policy, gateway } of this.linksOf(route)) {
          this.gateways.add(policy, gateway, difference);
          touched.add(policy);
        }
      }
    }
    return touched;
  }

  /** `namespace/name`, sorted. */
  gatewaysOf(policy: string): readonly string[] {
    return this.gateways.gatewaysOf([policy]);
  }

  private linksOf(route: ResolvedRoute | undefined): readonly { readonly policy: string; readonly gateway: string }[] {
    if (route === undefined) return [];
    const own = route.attachments.map(({ listener }) => listener);
    return this.usesOf(route).flatMap(({ chain, listener }) =>
      chain.links.flatMap(({ policy }) =>
        (listener === undefined ? own : [listener])
          .filter(name => callerListenerFrom(name) === undefined)
          .map(name => ({ policy, gateway: gatewayOf(name) })),
      ),
    );
  }
}

export function accessLinksOf(route: ResolvedRoute): readonly PolicyUse[] {
  return route.rules.flatMap(({ access, backends }) => [
    ...[...access].map(([listener, chain]) => ({ chain, listener })),
    ...backends.flatMap(backend => (backend.access === undefined ? [] : { chain: backend.access, listener: undefined })),
  ]);
}

export function trafficLinksOf(route: ResolvedRoute): readonly PolicyUse[] {
  if (route.flow !== 'requests') return [];
  return route.rules.flatMap(({ traffic }) =>
    [...traffic].flatMap(([listener, { limits, backends }]) =>
      [limits, ...backends.flatMap(backend => [backend.calls, backend.limits])].flatMap(chain =>
        chain === undefined ? [] : { chain, listener },
      ),
    ),
  );
}

/** Names of listeners begin with their Gateway's. */
function gatewayOf(listener: string): string {
  return listener.split('/', 2).join('/');
}
