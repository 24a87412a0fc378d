// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import type { Identity } from '@weir/base';
import { compileExpression } from '@weir/policy/resolve';
import { createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { compileKeyPart } from './key-part.ts';
import { rateKeyOf } from './rate-key.ts';

function keyOf(cel: string, identities: readonly Partial<Identity>[] = []): string {
  const headers = HeaderList.of(['x-tenant', 'Acme'], ['x-size', '7']);
  const exchange = createTestExchange({ request: { headers } });
  exchange.identities = identities.map(identity => ({ method: 'm', consumer: '', groups: [], claims: undefined, ...identity }));
  return rateKeyOf(exchange, [compileKeyPart({ kind: 'cel', program: compileExpression(cel, 'string', 'int', 'bool') })]);
}

describe('an expression that callers are told apart by', () => {
  it.each([
    ['request.headers["x-tenant"].lowerAscii()', 'acme'],
    ['int(request.headers["x-size"]) + 1', '8'],
    ['request.path.startsWith("/api")', 'false'],
    ['request.headers["x-missing"]', ''],
    ['1 / 0', ''],
    ['claims.sub', ''],
  ])('%s comes to %j', (cel, key) => {
    expect(keyOf(cel)).toBe(key);
  });

  it('takes the first identity that it can be evaluated for', () => {
    expect(keyOf('claims.sub', [{ consumer: 'shop/acme' }, { claims: { sub: 'ann' } }, { claims: { sub: 'bob' } }])).toBe('ann');
  });

  it.each([[['a']], [{ a: 1 }], [null], [1.5]])('comes to nothing where a claim is %j', sub => {
    expect(keyOf('claims.sub', [{ claims: { sub } }])).toBe('');
  });

  it('has to come to a text, a whole number or a boolean', () => {
    expect(() => keyOf('request.headers')).toThrow('is of type map(string, string)');
  });
});
