// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../compile/goldens/read-documents.ts';
import { documentOf } from '../inventory/document-of.ts';
import { resolveZonePreference } from './resolve-zone-preference.ts';
import type { ServiceDocument } from './service-port.ts';

const SAID = { spillOverAbove: 20 };
const NOTHING = { said: undefined, hints: { hasZones: false, hasNodes: false } };
const HASH = { kind: 'consistentHash', by: 'address', name: '' } as const;

/** `distribution`: as it stands in the document; undefined = it does not. */
function serviceOf(distribution: string | undefined): ServiceDocument {
  const written = distribution === undefined ? '' : `trafficDistribution: ${distribution},`;
  const yaml = `
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { ${written} ports: [{ port: 80 }] }
`;
  return documentOf('Service', readDocuments(yaml).get('Service/shop/cart'))!;
}

describe('the preference for a zone', () => {
  it.each(['PreferClose', 'PreferSameZone'])('is that of a Service that says %s, at any load', distribution => {
    expect(resolveZonePreference(serviceOf(distribution), 'random', NOTHING)).toEqual({ spillOverAbove: 0 });
  });

  it.each([undefined, 'PreferSameNode', 'PreferMars', '""'])('is none of a Service that says %s', distribution => {
    expect(resolveZonePreference(serviceOf(distribution), 'random', NOTHING)).toBeUndefined();
  });

  it.each([
    { hasZones: true, hasNodes: false },
    { hasZones: false, hasNodes: true },
  ])('is that of endpoints which say whose they are: %o', hints => {
    expect(resolveZonePreference(serviceOf('PreferSameNode'), 'random', { said: undefined, hints })).toEqual({
      spillOverAbove: 0,
    });
  });

  it('is that of policies whatever the Service says', () => {
    expect(resolveZonePreference(serviceOf('PreferClose'), 'random', { ...NOTHING, said: SAID })).toBe(SAID);
    expect(resolveZonePreference(serviceOf(undefined), 'random', { ...NOTHING, said: SAID })).toBe(SAID);
  });

  it('is none of a consistent hash', () => {
    expect(
      resolveZonePreference(serviceOf('PreferClose'), HASH, { ...NOTHING, hints: { hasZones: true, hasNodes: true } }),
    ).toBeUndefined();
  });
});
