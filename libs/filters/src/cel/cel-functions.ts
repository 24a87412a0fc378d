// SPDX-License-Identifier: Apache-2.0
import { CEL_LIMITS } from '@weir/policy/snapshot';
import type { CelFunction } from '@weir/policy/snapshot';
import { CelFailure, elementsOf, isList, keysOf, memberOf, NO_SUCH_KEY, TOO_LONG, WRONG_TYPE } from './cel-value.ts';
import type { CelResult, CelValue } from './cel-value.ts';
import { Comparison } from './comparison.ts';

type Implementation = (left: CelValue, right: CelValue) => CelResult;

const BY_ZERO = new CelFailure('a number is divided by zero');
const OVERFLOW = new CelFailure('a number is too large');
const NO_NUMBER = new CelFailure('a text is no number');
const OUTSIDE = new CelFailure('a list has no element with such an index');

/** What functions do, with values that may still be of another type than the checker could know. Functions of one argument ignore the other. */
export const CEL_FUNCTIONS: Readonly<Record<CelFunction, Implementation>> = {
  add(left, right) {
    if (typeof left === 'string' && typeof right === 'string') {
      return left.length + right.length > CEL_LIMITS.characters ? TOO_LONG : left + right;
    }
    return calculate(left, right, (a, b) => exact(a, b, a + b));
  },
  subtract: (left, right) => calculate(left, right, (a, b) => exact(a, b, a - b)),
  multiply: (left, right) => calculate(left, right, (a, b) => exact(a, b, a * b)),
  divide: (left, right) => calculate(left, right, (a, b) => a / b),
  divideInt: (left, right) => (right === 0 ? BY_ZERO : calculate(left, right, (a, b) => Math.trunc(a / b))),
  remainder: (left, right) => (right === 0 ? BY_ZERO : calculate(left, right, (a, b) => a % b)),
  negate: value => (typeof value === 'number' ? -value : WRONG_TYPE),
  // One of them is no list and no map.
  equals: (left, right) => left === right,
  equalsWhole: (left, right) => new Comparison().compare(left, right),
  less: (left, right) => compare(left, right, (a, b) => a < b),
  lessOrEqual: (left, right) => compare(left, right, (a, b) => a <= b),
  in(item, container) {
    if (typeof container === 'object' && container !== null && !isList(container)) {
      return typeof item === 'string' && memberOf(container, item) !== undefined;
    }
    const elements = elementsOf(container);
    return elements instanceof CelFailure ? elements : hasElement(elements, item);
  },
  index(of, key) {
    if (typeof of !== 'object' || of === null) return WRONG_TYPE;
    if (isList(of)) return elementAt(of, key);
    if (typeof key !== 'string') return WRONG_TYPE;
    const member = memberOf(of, key);
    return member === undefined ? NO_SUCH_KEY : member;
  },
  size(value) {
    if (typeof value === 'string') return codePointsOf(value);
    if (typeof value !== 'object' || value === null) return WRONG_TYPE;
    return isList(value) ? value.length : keysOf(value).length;
  },
  contains: (text, part) => ofTexts(text, part, (a, b) => a.includes(b)),
  startsWith: (text, part) => ofTexts(text, part, (a, b) => a.startsWith(b)),
  endsWith: (text, part) => ofTexts(text, part, (a, b) => a.endsWith(b)),
  lowerAscii: text => (typeof text === 'string' ? text.replaceAll(/[A-Z]+/g, part => part.toLowerCase()) : WRONG_TYPE),
  split: (text, by) => ofTexts(text, by, splitText),
  int(value) {
    if (typeof value === 'string') return /^-?\d{1,16}$/.test(value) ? whole(Number(value)) : NO_NUMBER;
    return typeof value === 'number' ? whole(value) : WRONG_TYPE;
  },
  double(value) {
    if (typeof value === 'string') return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value) ? Number(value) : NO_NUMBER;
    return typeof value === 'number' ? value : WRONG_TYPE;
  },
  string: value => (typeof value === 'object' ? WRONG_TYPE : String(value)),
};

function hasElement(elements: readonly CelValue[], item: CelValue): CelResult {
  if (typeof item !== 'object' || item === null) return elements.includes(item);
  const comparison = new Comparison();
  for (const element of elements) {
    const result = comparison.compare(item, element);
    if (result !== false) return result;
  }
  return false;
}

function elementAt(list: readonly CelValue[], index: CelValue): CelResult {
  if (typeof index !== 'number') return WRONG_TYPE;
  const element = list[index];
  return element === undefined ? OUTSIDE : element;
}

function calculate(left: CelValue, right: CelValue, operation: (left: number, right: number) => CelResult): CelResult {
  if (typeof left !== 'number' || typeof right !== 'number') return WRONG_TYPE;
  return operation(left, right);
}

/** Whole numbers stay exact, or there is no result. */
function exact(left: number, right: number, result: number): CelResult {
  const isWhole = Number.isSafeInteger(left) && Number.isSafeInteger(right);
  return isWhole && !Number.isSafeInteger(result) ? OVERFLOW : result;
}

function compare(
  left: CelValue,
  right: CelValue,
  operation: (left: number | string, right: number | string) => boolean,
): CelResult {
  const areNumbers = typeof left === 'number' && typeof right === 'number';
  const areTexts = typeof left === 'string' && typeof right === 'string';
  return areNumbers || areTexts ? operation(left, right) : WRONG_TYPE;
}

function ofTexts(left: CelValue, right: CelValue, operation: (left: string, right: string) => CelResult): CelResult {
  return typeof left === 'string' && typeof right === 'string' ? operation(left, right) : WRONG_TYPE;
}

function splitText(text: string, by: string): CelResult {
  const parts = by === '' ? Array.from(text.slice(0, 2 * CEL_LIMITS.elements + 2)) : text.split(by, CEL_LIMITS.elements + 1);
  return parts.length > CEL_LIMITS.elements ? TOO_LONG : parts;
}

function whole(value: number): CelResult {
  const number = Math.trunc(value);
  return Number.isSafeInteger(number) ? number : OVERFLOW;
}

/** Beyond ASCII some characters are two units of UTF-16. */
const SURROGATE = /[\uD800-\uDFFF]/;

function codePointsOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) count++;
  return count;
}
