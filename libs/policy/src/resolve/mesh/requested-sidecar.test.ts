// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseDocuments } from '../../documents/index.ts';
import { requestedSidecar } from './requested-sidecar.ts';

interface Parts {
  readonly annotations: Readonly<Record<string, string>>;
  readonly ports?: string;
  readonly addresses?: string;
}

function request({ annotations, ports = '[{name: http, port: 8080}]', addresses = '127.0.0.2' }: Parts) {
  const lines = Object.entries(annotations).map(([name, value]) => `    ${name}: '${value}'`);
  const text = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: cart-1
  namespace: shop
  labels: {kubernetes.io/service-name: cart}
  annotations:
${lines.join('\n')}
addressType: IPv4
ports: ${ports}
endpoints: [{addresses: [${addresses}]}]
`;
  const [document] = parseDocuments(text, 'cart.yaml').documents;
  if (document === undefined) throw new Error('the slice cannot be read');
  return requestedSidecar(document);
}

const identity = { 'weir.dev/identity': 'shop/cart' };

describe('a sidecar that an EndpointSlice asks for', () => {
  it('is none where nothing asks', () => {
    expect(request({ annotations: identity })).toEqual({ sidecar: undefined, issues: [] });
  });

  it('takes calls for the application, and its calls', () => {
    const { sidecar, issues } = request({
      annotations: {
        ...identity,
        'weir.dev/application': '127.0.0.1:7001',
        'weir.dev/upstreams': 'orders=127.0.0.1:4001, ledger.bank:6379=[::1]:4002',
        'weir.dev/http-proxy': '127.0.0.1:4000',
      },
    });
    expect(issues).toEqual([]);
    expect(sidecar).toEqual({
      key: 'shop/cart-1',
      identity: 'shop/cart',
      inbound: [{ listen: { address: '127.0.0.2', port: 8080 }, application: { address: '127.0.0.1', port: 7001 } }],
      outbound: [
        { listen: { address: '127.0.0.1', port: 4001 }, service: 'mesh/shop/orders', port: 80 },
        { listen: { address: '::1', port: 4002 }, service: 'mesh/bank/ledger', port: 6379 },
      ],
      proxy: { address: '127.0.0.1', port: 4000 },
    });
  });

  it('has an application for each port by its name', () => {
    const { sidecar } = request({
      annotations: { ...identity, 'weir.dev/application': 'http=127.0.0.1:1,grpc=127.0.0.1:2' },
      ports: '[{name: http, port: 80}, {name: grpc, port: 90}]',
    });
    expect(sidecar?.inbound.map(({ listen, application }) => [listen.port, application.port])).toEqual([
      [80, 1],
      [90, 2],
    ]);
  });

  it.each([
    ['nobody says who it is', { annotations: { 'weir.dev/application': '127.0.0.1:1' } }],
    ['names port `web`', { annotations: { ...identity, 'weir.dev/application': 'web=127.0.0.1:1' } }],
    [
      'stands at 2 addresses',
      { annotations: { ...identity, 'weir.dev/application': '127.0.0.1:1' }, addresses: '127.0.0.2, 127.0.0.3' },
    ],
    ['has `localhost:1`', { annotations: { ...identity, 'weir.dev/application': 'localhost:1' } }],
    ['has `orders`', { annotations: { ...identity, 'weir.dev/upstreams': 'orders' } }],
    ['has `127.0.0.1:0`', { annotations: { ...identity, 'weir.dev/http-proxy': '127.0.0.1:0' } }],
    [
      'has `127.0.0.1:1`',
      { annotations: { ...identity, 'weir.dev/application': '127.0.0.1:1' }, ports: '[{name: a, port: 1}, {name: b, port: 2}]' },
    ],
  ])('is none, with words, where it cannot be as it is asked for: %s', (words, parts) => {
    const { sidecar, issues } = request(parts);
    expect(sidecar).toBeUndefined();
    expect(issues).toMatchObject([{ severity: 'error', code: 'sidecar-unreadable' }]);
    expect(issues[0]?.message).toContain(words);
    expect(issues[0]?.hint).toBeTruthy();
  });
});
