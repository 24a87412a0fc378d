// SPDX-License-Identifier: Apache-2.0
import type { RequestedSidecar } from '@weir/policy/compile';
import { describe, expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderSidecars } from './render-sidecars.ts';

const PLAIN = createPaint(false);

function sidecar(account: string, port: number, calls: readonly number[] = []): RequestedSidecar {
  const at = (number: number) => ({ address: '127.0.0.1', port: number });
  return {
    key: `shop/${account}-1`,
    identity: `shop/${account}`,
    inbound: [{ listen: at(port), application: at(port + 10) }],
    outbound: calls.map(each => ({ listen: at(each), service: 'mesh/shop/stock', port: 80 })),
    proxy: undefined,
  };
}

describe('the sidecars on the start screen', () => {
  it('are nothing where there are none', () => {
    expect(renderSidecars({ sidecars: [], trustDomain: '' }, PLAIN)).toEqual([]);
  });

  it('have a line each, and one that does not serve says why', () => {
    const sidecars = [
      { wanted: sidecar('orders', 7104, [7123, 7124]), failure: undefined },
      { wanted: sidecar('web', 7101), failure: undefined },
      { wanted: sidecar('stock', 7107), failure: new Error('no certificate') },
    ];
    expect(renderSidecars({ sidecars, trustDomain: 'weir.local' }, PLAIN)).toEqual([
      '  ● mesh weir.local  2 sidecars, each with a certificate that it renews',
      '      shop/orders  127.0.0.1:7104 → 127.0.0.1:7114, calls others at 127.0.0.1:7123, 127.0.0.1:7124',
      '      shop/web     127.0.0.1:7101 → 127.0.0.1:7111',
      '  ✗ sidecar of shop/stock-1  no certificate',
    ]);
  });

  it('are counted where they are many', () => {
    const sidecars = Array.from({ length: 20 }, (_, index) => ({ wanted: sidecar(`s${index}`, index + 1), failure: undefined }));
    const lines = renderSidecars({ sidecars, trustDomain: 'weir.local' }, PLAIN);
    expect(lines).toHaveLength(14);
    expect(lines.at(-1)).toContain('and 8 more');
  });
});
