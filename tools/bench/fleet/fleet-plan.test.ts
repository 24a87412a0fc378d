// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  countUsers,
  endpointAddress,
  ENDPOINTS_A_SERVICE,
  identityOf,
  MAX_PROXIES,
  plannedProxy,
  proxiesByIdentity,
  SERVICES,
  SHARED_SERVICES,
  USES,
} from './fleet-plan.ts';

const PROXIES = Array.from({ length: 2_000 }, (_, proxy) => proxy);

describe('the plan of a fleet', () => {
  it('has every proxy use as many services, the shared ones among them', () => {
    for (const { uses } of PROXIES.map(plannedProxy)) {
      expect(new Set(uses).size).toBe(USES);
      expect(uses.filter(service => service < SHARED_SERVICES)).toHaveLength(SHARED_SERVICES);
      expect(uses.every(service => service < SERVICES)).toBe(true);
    }
    expect(countUsers(0, PROXIES)).toBe(2_000);
    expect(countUsers(SERVICES - 1, PROXIES)).toBe(20);
  });

  it('gives every endpoint an address of its own, replaced ones too', () => {
    const places = Array.from({ length: ENDPOINTS_A_SERVICE }, (_, place) => place);
    const all = Array.from({ length: SERVICES }, (_, service) =>
      places.flatMap(place => [endpointAddress(service, place), endpointAddress(service, place, 1)]),
    ).flat();
    expect(new Set(all).size).toBe(2 * SERVICES * ENDPOINTS_A_SERVICE);
  });

  it('puts each proxy in front of another endpoint of its service', () => {
    const places = PROXIES.map(plannedProxy).map(({ identity, address }) => `${identity} ${address}`);
    expect(new Set(places).size).toBe(2_000);
    expect(plannedProxy(MAX_PROXIES - 1).identity).toBe(identityOf(SERVICES - 1));
    expect(proxiesByIdentity(12).get(identityOf(1))).toEqual([5, 6, 7, 8, 9]);
  });
});
