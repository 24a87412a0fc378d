// SPDX-License-Identifier: Apache-2.0
import { compileExpression } from '@weir/policy/resolve';
import type { Identity } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { ask, exchangeOf, keys, policyOf, ruleOf, storeOf, withKey, GOLD_KEY } from '../access/access-lab.ts';
import type { Asked } from '../access/access-lab.ts';
import { NOBODY } from './cel-subject.ts';
import { CelFailure } from './cel-value.ts';
import { compileCel } from './compile-cel.ts';

function evaluate(source: string, claims: Identity['claims'] = {}, asked: Asked = {}): unknown {
  const result = compileCel(compileExpression(source, 'dyn'))(exchangeOf(asked), { ...NOBODY, claims });
  return result instanceof CelFailure ? `error: ${result.detail}` : result;
}

const long = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index));

describe('compileCel', () => {
  it.each([
    ['claims.missing == "a"', 'error: there is no such key'],
    ['has(claims.missing) && claims.missing == "a"', false],
    ['claims.missing == "a" || true', true],
    ['false && claims.missing == "a"', false],
    ['claims.missing == "a" && false', false],
    ['claims.text && true', 'error: a value is of another type than is asked for'],
    ['claims.text > 1', 'error: a value is of another type than is asked for'],
    ['claims.list[5]', 'error: a list has no element with such an index'],
    ['claims.list.exists(x, x > 1)', true],
    ['claims.list.all(x, x.a == 1)', 'error: there is no such key'],
    ['claims.list.exists_one(x, x == 1)', true],
    ['1 / 0', 'error: a number is divided by zero'],
    ['9007199254740991 + 1', 'error: a number is too large'],
    ['int("12a")', 'error: a text is no number'],
    ['claims.nothing == null && has(claims.nothing)', true],
    ['has(claims.toString) || has(claims.__proto__)', false],
    ['size("a😀")', 2],
    ['"É".lowerAscii() + "AB".lowerAscii()', 'Éab'],
  ])('%s comes to %s', (source, result) => {
    expect(evaluate(source, { text: 'a', list: [1, 2], nothing: null })).toBe(result);
  });

  it('sees every value of a parameter, and the lines of a header as one', () => {
    const asked: Asked = {
      query: 'admin=false&admin=true',
      headers: [
        ['x-team', 'a'],
        ['x-team', 'b'],
      ],
    };
    expect(evaluate('"true" in request.query.admin && request.headers["x-team"] == "a, b"', {}, asked)).toBe(true);
  });

  it.each([
    ['claims.list.exists(x, x == "x")', { list: long(1001) }],
    ['"x" in claims.list', { list: long(1001) }],
    ['claims.a == claims.b', { a: long(101), b: long(101) }],
    ['claims.text.matches("^b")', { text: 'a'.repeat(1025) }],
    ['claims.text.split("a").size() == 1', { text: 'a'.repeat(1001) }],
    ['(claims.text + claims.text2) == "x"', { text: 'a'.repeat(40_000), text2: 'a'.repeat(40_000) }],
  ])('gives up on what is too long: %s', (source, claims) => {
    const typed = source.replace('claims.text + claims.text2', 'string(claims.text) + string(claims.text2)');
    expect(evaluate(typed, claims)).toBe('error: a text or list is longer than can be gone through');
  });
});

describe('an expression in a rule', () => {
  const rule = (source: string) => ruleOf('r', { cel: compileExpression(source, 'bool') });
  const denies = (source: string) => storeOf([policyOf('shop/p', { denyRules: [rule(source)] })]);
  const allows = (source: string) => storeOf([policyOf('shop/p', { authentication: keys(true), allowRules: [rule(source)] })]);

  it('denies where it is true or cannot be evaluated, and where nobody is known, too', () => {
    expect(ask(denies('request.method == "PUT"'), exchangeOf({ method: 'PUT' }))).toBe('access_denied');
    expect(ask(denies('request.method == "PUT"'), exchangeOf())).toBe('admitted');
    expect(ask(denies('claims.tenant != "a"'), exchangeOf())).toBe('access_denied');
    expect(ask(denies('!has(claims.tenant)'), exchangeOf())).toBe('access_denied');
    expect(ask(denies('has(claims.tenant)'), exchangeOf())).toBe('admitted');
  });

  it('allows only where it is true', () => {
    expect(ask(allows('"gold" in consumer.groups'), exchangeOf(withKey(GOLD_KEY)))).toBe('admitted');
    expect(ask(allows('"gold" in consumer.groups'), exchangeOf())).toBe('access_denied');
    expect(ask(allows('claims.tenant == "a"'), exchangeOf(withKey(GOLD_KEY)))).toBe('access_denied');
    expect(ask(allows('consumer.name == ""'), exchangeOf())).toBe('admitted');
  });

  it('holds together with the rule’s other conditions, of one identity', () => {
    const parts = { groups: ['gold'], cel: compileExpression('consumer.name == "shop/acme"', 'bool') };
    const store = storeOf([policyOf('shop/p', { authentication: keys(true), allowRules: [ruleOf('r', parts)] })]);
    expect(ask(store, exchangeOf(withKey(GOLD_KEY)))).toBe('admitted');
    expect(ask(store, exchangeOf())).toBe('access_denied');
  });

  it('refuses connections that are carried whole', () => {
    const chain = denies('request.path == "/x"').chain('access/all').current;
    expect(() => chain?.admitConnection('192.0.2.1')).toThrow('asks for what only a request has');
  });
});
