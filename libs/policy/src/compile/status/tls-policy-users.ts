// SPDX-License-Identifier: Apache-2.0
import { targetsOf } from '../../resolve/index.ts';
import type { ResolvedRoute, ResolvedTlsPolicy, RouteChange } from '../../resolve/index.ts';
import { GatewayCounts } from '../../resolve/incremental/gateway-counts.ts';

/** Which Gateways send requests to which Service, by routes that they accepted: the ancestors of the Service's policies. */
export class TlsPolicyUsers {
  /** By `namespace/service`. */
  private readonly gateways = new GatewayCounts();

  /** Services whose Gateways may be others than before. */
  apply(changes: Iterable<RouteChange>): ReadonlySet<string> {
    const services = new Set<string>();
    for (const { before, after } of changes) {
      const [gatewaysBefore, gatewaysAfter] = [gatewaysOf(before), gatewaysOf(after)];
      for (const service of servicesOf(before)) {
        for (const gateway of gatewaysBefore) this.gateways.add(service, gateway, -1);
        services.add(service);
      }
      for (const service of servicesOf(after)) {
        for (const gateway of gatewaysAfter) this.gateways.add(service, gateway, 1);
        services.add(service);
      }
    }
    return services;
  }

  /** `namespace/name` of the Gateways through which a policy has effect, sorted. */
  gatewaysOf({ targets }: ResolvedTlsPolicy): readonly string[] {
    return this.gateways.gatewaysOf(targets.map(({ namespace, service }) => `${namespace}/${service}`));
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
