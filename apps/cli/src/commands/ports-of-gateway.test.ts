// SPDX-License-Identifier: Apache-2.0
import { createCompiler } from '@weir/policy/compile';
import { documentKey, parseDocuments } from '@weir/policy/documents';
import type { Snapshot } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { withPortsOfGateway } from './ports-of-gateway.ts';

const gateway = (name: string, listener: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: shop }
spec: { gatewayClassName: weir, listeners: [{ name: http, protocol: HTTP, ${listener} }] }
`;
const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: weir }
spec: { controllerName: weir.dev/gateway-controller }
`;

function snapshotOf(...texts: readonly string[]): Snapshot {
  const { documents } = parseDocuments([CLASS, ...texts].join('---'), 'all.yaml');
  const byKey = new Map(documents.map(document => [documentKey(document), document]));
  return createCompiler({ clock: { wallMs: () => 0 }, defaultAddresses: ['0.0.0.0'], hasOwnProxies: true }).update(byKey)
    .snapshot;
}

function portsOf(snapshot: Snapshot): readonly string[] {
  return [...snapshot.resources.values()].flatMap(one => (one.kind === 'port' ? [one.listeners[0]?.name ?? ''] : []));
}

describe('the Gateway that a request arrives at', () => {
  const one = gateway('one', 'port: 80, hostname: one.example');
  const two = gateway('two', 'port: 80, hostname: two.example');
  const any = gateway('any', 'port: 80');

  it('is the only one that has the port for the host', () => {
    const snapshot = snapshotOf(one, two);
    expect(withPortsOfGateway(snapshot, { gateway: undefined, url: 'http://two.example/' })).toBe(snapshot);
    expect(withPortsOfGateway(snapshot, { gateway: undefined, url: 'http://none.example:81/' })).toBe(snapshot);
  });

  it('has to be said where several have it', () => {
    const several = { gateway: undefined, url: 'http://two.example/' };
    expect(() => withPortsOfGateway(snapshotOf(one, two, any), several)).toThrow(
      'several Gateways listen on port 80 for two.example: shop/any, shop/two; choose one with --gateway',
    );
  });

  it('is the one that is said', () => {
    const chosen = withPortsOfGateway(snapshotOf(one, two, any), { gateway: 'shop/two', url: 'http://two.example/' });
    expect(portsOf(chosen)).toEqual(['shop/two/http']);
  });

  it('is one that there is', () => {
    expect(() => withPortsOfGateway(snapshotOf(one), { gateway: 'shop/other', url: '' })).toThrow(
      'no Gateway shop/other listens: those that listen are shop/one',
    );
    expect(() => withPortsOfGateway(snapshotOf(), { gateway: 'shop/other', url: '' })).toThrow('none listens');
  });
});
