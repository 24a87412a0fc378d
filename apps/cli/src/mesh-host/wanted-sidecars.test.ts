// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { WantedSidecars } from './wanted-sidecars.ts';
import type { WantedNow } from './wanted-sidecars.ts';

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: cart, namespace: shop }\nspec: { ports: [{ port: 80 }] }\n';

function slice(application: string, identity = 'shop/cart'): string {
  return `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cart-1
  namespace: shop
  labels: { kubernetes.io/service-name: cart }
  annotations: { weir.dev/identity: ${identity}, weir.dev/application: '${application}' }
addressType: IPv4
ports: [{ port: 7001 }]
endpoints: [{ addresses: [127.0.0.1] }]
`;
}

/** What is wanted by one version of the documents after the other. */
function wantedBy(...versions: readonly string[]): readonly WantedNow[] {
  const wanted = new WantedSidecars();
  const compiler = createCompiler({ clock: createManualClock(), defaultAddresses: [] });
  return versions.map(text => {
    const documents = new Map(parseDocuments(text, 'cart.yaml').documents.map(each => [documentKey(each), each]));
    return wanted.update(documents, compiler.update(documents).snapshot);
  });
}

function applications({ sidecars }: WantedNow): readonly (number | undefined)[] {
  return [...sidecars.values()].map(({ inbound }) => inbound[0]?.application.port);
}

describe('the sidecars that documents ask for', () => {
  it('are those of their slices', () => {
    expect(wantedBy(SERVICE + slice('127.0.0.1:1'), SERVICE + slice('127.0.0.1:2'), SERVICE).map(applications)).toEqual([
      [1],
      [2],
      [],
    ]);
  });

  it('stay as they were where a request cannot be read', () => {
    expect(wantedBy(SERVICE + slice('127.0.0.1:1'), SERVICE + slice('here')).map(applications)).toEqual([[1], [1]]);
  });

  it('are none of those whose identity cannot be read', () => {
    expect(wantedBy(SERVICE + slice('127.0.0.1:1'), SERVICE + slice('127.0.0.1:1', 'cart')).map(applications)).toEqual([[1], []]);
  });

  it('are not those that nobody could call, which is told once', () => {
    const [first, second, third] = wantedBy(slice('127.0.0.1:1'), slice('127.0.0.1:2'), SERVICE + slice('127.0.0.1:2'));
    expect(first?.notes).toEqual([expect.stringContaining('EndpointSlice shop/cart-1 yet: no Service leads to 127.0.0.1:7001')]);
    expect(second).toEqual({ sidecars: new Map(), notes: [] });
    expect(third?.sidecars.size).toBe(1);
  });
});
