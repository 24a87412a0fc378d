// SPDX-License-Identifier: Apache-2.0
import { celEnv, isCelError, isCelList, isCelMap, parse, plan } from '@bufbuild/cel';
import type { CelInput } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { CelError, compileExpression } from '@weir/policy/resolve';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeOf } from '../access/access-lab.ts';
import { CelFailure } from './cel-value.ts';
import type { CelResult } from './cel-value.ts';
import { compileCel } from './compile-cel.ts';

const CLAIMS = {
  sub: 'ann',
  scope: 'read write',
  level: 3,
  ratio: 0.5,
  admin: true,
  none: null,
  groups: ['gold', 'staff', 7],
  realm: { roles: ['a', 'b'], deep: { name: 'x' } },
};
const IDENTITY = { method: 'm', consumer: 'shop/ann', groups: ['gold', 'staff'], claims: CLAIMS };
const EXCHANGE = exchangeOf({
  method: 'PUT',
  path: '/a/b',
  query: 'a=1&a=2&b=',
  headers: [
    ['x-team', 'a'],
    ['x-team', 'b'],
    ['x-empty', ''],
  ],
});
/** The same for the library, which is the model. */
const BINDINGS: Readonly<Record<string, CelInput>> = {
  request: {
    method: 'PUT',
    path: '/a/b',
    host: 'shop.example',
    scheme: 'http',
    headers: { 'x-team': 'a, b', 'x-empty': '' },
    query: { a: ['1', '2'], b: [''] },
  },
  client: { address: '192.0.2.1' },
  consumer: { name: 'shop/ann', groups: ['gold', 'staff'] },
  claims: CLAIMS,
  certificate: { dnsNames: [], uris: [], emails: [] },
  source: { identity: '' },
};
const ENV = celEnv({ funcs: [...strings] });

function modelOf(source: string): unknown {
  const result = plan(ENV, parse(source))(BINDINGS);
  return isCelError(result) ? 'error' : plainOf(result);
}

function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isCelList(value)) return [...value].map(plainOf);
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, member]) => [plainOf(key), plainOf(member)]));
  return value;
}

function resultOf(source: string): unknown {
  const result: CelResult = compileCel(compileExpression(source, 'dyn'))(EXCHANGE, IDENTITY);
  return result instanceof CelFailure ? 'error' : result;
}

const TEXTS = [
  'request.method',
  'request.path',
  'request.host',
  'client.address',
  'source.identity',
  'consumer.name',
  `"gold"`,
  `"a"`,
  `""`,
  `'1'`,
];
const LISTS = [
  'consumer.groups',
  'certificate.uris',
  `["a", "gold"]`,
  'request.query.a',
  'request.query.missing',
  `request.path.split("/")`,
];
const DYNAMIC = [
  'claims.sub',
  'claims.level',
  'claims.ratio',
  'claims.admin',
  'claims.none',
  'claims.groups',
  'claims.realm.roles',
  'claims.realm.deep.name',
  'claims.missing',
  'claims.sub.further',
  'claims["scope"]',
  'claims.groups[0]',
  'claims.groups[9]',
];

/** Sources of expressions of every type; most are accepted. */
const { bool: boolSource } = fc.letrec<Record<'bool' | 'dyn' | 'int' | 'list' | 'text', string>>(tie => {
  const of = (name: 'bool' | 'dyn' | 'int' | 'list' | 'text'): fc.Arbitrary<string> => tie(name);
  const form = (parts: TemplateStringsArray, ...args: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...args).map(values => parts.map((part, index) => part + (values[index] ?? '')).join(''));
  const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  const macro = fc.constantFrom('exists', 'all', 'exists_one');
  const depth = { maxDepth: 4 };
  return {
    text: fc.oneof(
      depth,
      fc.constantFrom(...TEXTS, 'request.headers["x-team"]', 'request.headers.missing'),
      form`(${of('text')} + ${of('text')})`,
      form`${of('text')}.lowerAscii()`,
      form`string(${of('int')})`,
      form`(${of('bool')} ? ${of('text')} : ${of('text')})`,
    ),
    int: fc.oneof(
      depth,
      fc.integer({ min: -9, max: 9 }).map(String),
      form`(${of('int')} ${fc.constantFrom('+', '-', '*', '/', '%')} ${of('int')})`,
      form`size(${fc.oneof(of('text'), of('list'))})`,
      form`int(${fc.constantFrom('claims.level', 'claims.ratio', 'claims.missing', '"12"', '2.5')})`,
    ),
    list: fc.oneof(depth, fc.constantFrom(...LISTS), form`[${of('text')}, ${of('text')}]`),
    dyn: fc.constantFrom(...DYNAMIC),
    bool: fc.oneof(
      depth,
      fc.constantFrom('true', 'false', 'claims.admin', 'has(claims.sub)', 'has(claims.missing)', 'has(claims.realm.roles)'),
      form`(${of('bool')} && ${of('bool')})`,
      form`(${of('bool')} || ${of('bool')})`,
      form`!${of('bool')}`,
      form`(${of('text')} ${comparison} ${of('text')})`,
      form`(${of('int')} ${comparison} ${of('int')})`,
      form`(${of('dyn')} ${fc.constantFrom('==', '!=')} ${fc.oneof(of('dyn'), of('text'), of('int'), of('list'))})`,
      form`(${of('dyn')} ${comparison} ${of('int')})`,
      form`(${of('text')} in ${fc.oneof(of('list'), fc.constantFrom('claims.groups', 'claims', 'request.headers'))})`,
      form`${of('text')}.${fc.constantFrom('contains', 'startsWith', 'endsWith')}(${of('text')})`,
      form`${of('text')}.matches(${fc.constantFrom('"^/a"', '"[a-z]+"', '""')})`,
      form`${of('list')}.${macro}(x, x == ${of('text')})`,
      form`claims.groups.${macro}(x, x == ${fc.oneof(of('text'), of('int'))})`,
      form`[1, 2, 3].${macro}(x, x > ${of('int')} || ${of('bool')})`,
    ),
  };
});

describe('an expression', () => {
  it('comes to what it comes to in the library', () => {
    fc.assert(
      fc.property(boolSource, source => {
        fc.pre(isAccepted(source));
        expect([source, resultOf(source)]).toEqual([source, modelOf(source)]);
      }),
      { numRuns: 800 },
    );
  });

  it('of any characters is refused with words or comes to something, and never throws anything else', () => {
    const word = fc.constantFrom(
      'claims',
      '.',
      'a',
      '"x"',
      '(',
      ')',
      '[',
      ']',
      ' && ',
      ' || ',
      '!',
      '1',
      '-',
      '?',
      ':',
      ' in ',
      '.exists(x,',
      'has(',
      '==',
    );
    const source = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word, { maxLength: 30 }).map(words => words.join('')),
    );
    fc.assert(
      fc.property(source, text => {
        if (isAccepted(text)) resultOf(text);
      }),
      { numRuns: 800 },
    );
  });
});

function isAccepted(source: string): boolean {
  try {
    compileExpression(source, 'dyn');
    return true;
  } catch (reason) {
    if (!(reason instanceof CelError)) throw reason;
    expect(reason.hint).not.toBe('');
    return false;
  }
}
