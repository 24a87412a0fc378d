// SPDX-License-Identifier: Apache-2.0
import { targetsOf } from '../../resolve/index.ts';
import type { ResolvedRoute, ResolvedTlsPolicy, RouteChange } from '../../resolve/index.ts';

/** Which Gateways send requests to which Service, by routes that they accepted: the ancestors of the Service's policies. */
export class TlsPolicyUsers {
  /** By `namespace/service`: for each Gateway (`namespace/name`) how many routes lead there. */
  private readonly gateways = new Map<string, Map<string, number>>();

  /** Services whose Gateways may be others than before. */
  apply(changes: Iterable<RouteChange>): ReadonlySet<string> {
    const services = new Set<string>();
    for (const { before, after } of changes) {
      const [gatewaysBefore, gatewaysAfter] = [gatewaysOf(before), gatewaysOf(after)];
      for (const service of servicesOf(before)) {
        for (const gateway of gatewaysBefore) this.add(service, gateway, -1);
        services.add(service);
      }
      for (const service of servicesOf(after)) {
        for (const gateway of gatewaysAfter) this.add(service, gateway, 1);
        services.add(service);
      }
    }
    return services;
  }

  /** `namespace/name` of the Gateways through which a policy has effect, sorted. */
  gatewaysOf({ targets }: ResolvedTlsPolicy): readonly string[] {
    const keys = targets.flatMap(target => [...(this.gateways.get(`${target.namespace}/${target.service}`)?.keys() ?? [])]);
    return [...new Set(keys)].sort();
  }

  private add(service: string, gateway: string, difference: number): void {
    const counts = this.gateways.get(service) ?? new Map<string, number>();
    const count = (counts.get(gateway) ?? 0) + difference;
    if (count === 0) counts.delete(gateway);
    else counts.set(gateway, count);
    if (counts.size === 0) this.gateways.delete(service);
    else this.gateways.set(service, counts);
  }
}

function servicesOf(route: ResolvedRoute | undefined): ReadonlySet<string> {
  return new Set(targetsOf(route).map(({ namespace, service }) => `${namespace}/${service}`));
}

function gatewaysOf(route: ResolvedRoute | undefined): ReadonlySet<string> {
  return new Set(
    (route?.parents ?? []).filter(({ findings }) => findings.Accepted.status === 'True').flatMap(({ gateway }) => gateway ?? []),
  );
}
