// SPDX-License-Identifier: Apache-2.0

/** Who is in the mesh of the control plane's scenario, and who calls whom. Plain arithmetic, so that each process of a run knows it. */

export const NAMESPACE = 'bench';
export const SERVICES = 1_000;
export const ENDPOINTS_A_SERVICE = 10;
/** Services that every proxy uses: the first ones. */
export const SHARED_SERVICES = 10;
/** Services that a proxy uses, shared ones included. */
export const USES = 20;
/** Endpoints of a service that have a simulated proxy in front, as long as there are proxies left. */
const PROXIES_A_SERVICE = 5;
export const MAX_PROXIES = SERVICES * PROXIES_A_SERVICE;

/** Position of a service, from 0. */
export type ServiceIndex = number;

/** A proxy that stands in front of an endpoint. */
export interface PlannedProxy {
  /** `NAMESPACE/SERVICE-ACCOUNT`; proxies of one service share it. */
  readonly identity: string;
  readonly address: string;
  readonly uses: readonly ServiceIndex[];
}

export function serviceName(service: ServiceIndex): string {
  return `service-${service}`;
}

export function identityOf(service: ServiceIndex): string {
  return `${NAMESPACE}/${serviceName(service)}`;
}

/** Of the endpoint in place `place` of a service. `edit`: the pod there was replaced so often. */
export function endpointAddress(service: ServiceIndex, place: number, edit = 0): string {
  const index = service * ENDPOINTS_A_SERVICE + place;
  // Two ranges in turn, so that a replaced pod has another address than any of the others.
  return `10.${edit % 2 === 0 ? 64 : 65}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
}

/** The proxy with this number, from 0. */
export function plannedProxy(proxy: number): PlannedProxy {
  const service = Math.floor(proxy / PROXIES_A_SERVICE);
  const shared = Array.from({ length: SHARED_SERVICES }, (_, index) => index);
  const first = proxy * (USES - SHARED_SERVICES);
  const own = Array.from(
    { length: USES - SHARED_SERVICES },
    (_, index) => SHARED_SERVICES + ((first + index) % (SERVICES - SHARED_SERVICES)),
  );
  return {
    identity: identityOf(service),
    address: endpointAddress(service, proxy % PROXIES_A_SERVICE),
    uses: [...shared, ...own],
  };
}

/** Numbers of the proxies of one identity, which join together. */
export function proxiesByIdentity(proxyCount: number): ReadonlyMap<string, readonly number[]> {
  return Map.groupBy(
    Array.from({ length: proxyCount }, (_, proxy) => proxy),
    proxy => plannedProxy(proxy).identity,
  );
}

/** How many of these proxies use a service. */
export function countUsers(service: ServiceIndex, proxies: readonly number[]): number {
  return proxies.filter(proxy => plannedProxy(proxy).uses.includes(service)).length;
}
