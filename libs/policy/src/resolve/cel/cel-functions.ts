// SPDX-License-Identifier: Apache-2.0
import type { CelFunction, CelType } from '../../snapshot/index.ts';
import { fits, formatType, isNumber } from './cel-types.ts';

/** A function that can be evaluated, as one of the ways to call it. */
export interface Overload {
  readonly name: CelFunction;
  /** Of a method, of the value it is called on first. */
  readonly args: readonly CelType[];
  readonly result: CelType;
}

const LIST: CelType = { list: 'dyn' };
const MAP: CelType = { map: 'dyn' };

/** Both of the same type: a dyn has to be made a number or text first, as nobody knows which of them is meant. */
const arithmetic = (name: CelFunction): readonly Overload[] => [
  { name, args: ['int', 'int'], result: 'int' },
  { name, args: ['double', 'double'], result: 'double' },
];
const ordering = (name: CelFunction): readonly Overload[] => [
  { name, args: ['int', 'int'], result: 'bool' },
  { name, args: ['double', 'double'], result: 'bool' },
  { name, args: ['int', 'double'], result: 'bool' },
  { name, args: ['double', 'int'], result: 'bool' },
  { name, args: ['string', 'string'], result: 'bool' },
];
const ofText = (name: CelFunction): readonly Overload[] => [{ name, args: ['string', 'string'], result: 'bool' }];
const conversion = (name: 'double' | 'int' | 'string', from: readonly CelType[]): readonly Overload[] =>
  from.map(type => ({ name, args: [type], result: name }));
const SIZE: readonly Overload[] = ['string' as const, LIST, MAP].map(type => ({ name: 'size', args: [type], result: 'int' }));

/** By the name that the parser gives them; of methods with a dot in front. */
const OVERLOADS: ReadonlyMap<string, readonly Overload[]> = new Map<string, readonly Overload[]>([
  ['_+_', [...arithmetic('add'), { name: 'add', args: ['string', 'string'], result: 'string' }]],
  ['_-_', arithmetic('subtract')],
  ['_*_', arithmetic('multiply')],
  [
    '_/_',
    [
      { name: 'divideInt', args: ['int', 'int'], result: 'int' },
      { name: 'divide', args: ['double', 'double'], result: 'double' },
    ],
  ],
  ['_%_', [{ name: 'remainder', args: ['int', 'int'], result: 'int' }]],
  ['-_', (['int', 'double'] as const).map(type => ({ name: 'negate', args: [type], result: type }))],
  ['_<_', ordering('less')],
  ['_<=_', ordering('lessOrEqual')],
  ['size', SIZE],
  ['.size', SIZE],
  ['int', conversion('int', ['int', 'double', 'string'])],
  ['double', conversion('double', ['int', 'double', 'string'])],
  ['string', conversion('string', ['int', 'double', 'string', 'bool'])],
  ['.contains', ofText('contains')],
  ['.startsWith', ofText('startsWith')],
  ['.endsWith', ofText('endsWith')],
  ['.lowerAscii', [{ name: 'lowerAscii', args: ['string'], result: 'string' }]],
  ['.split', [{ name: 'split', args: ['string', 'string'], result: { list: 'string' } }]],
]);

/** Beside a text a dyn has to be a text, beside a double a number; beside an int nobody knows, as numbers of tokens are doubles. */
function isUnclear(types: readonly CelType[]): boolean {
  return types.includes('dyn') && types.every(type => type === 'dyn' || type === 'int');
}

const CALCULATIONS: ReadonlySet<string> = new Set(['_+_', '_-_', '_*_', '_/_', '_%_', '-_']);

/** What is called; a text = why nothing can be. */
export function findOverload(written: string, types: readonly CelType[]): Overload | string {
  const overloads = OVERLOADS.get(written);
  if (overloads === undefined) return 'is no function that is known here';
  if (CALCULATIONS.has(written) && isUnclear(types)) return 'needs to know what it calculates with';
  const found = overloads.find(
    ({ args }) => args.length === types.length && args.every((wanted, index) => fits(types[index]!, wanted)),
  );
  return found ?? `cannot be used with ${types.map(formatType).join(' and ') || 'nothing'}`;
}

/** Names of functions, for suggestions; methods without their dot. */
export const FUNCTION_NAMES: readonly string[] = [
  ...new Set([...OVERLOADS.keys()].filter(name => /^\.?[a-z]/i.test(name)).map(name => name.replace('.', ''))),
  'has',
  'matches',
  'all',
  'exists',
  'exists_one',
];

/** Whether values of two types can be equal at all. */
export function areComparable(left: CelType, right: CelType): boolean {
  return fits(left, right) || (isNumber(left) && isNumber(right));
}
