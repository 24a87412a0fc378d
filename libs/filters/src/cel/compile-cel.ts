// SPDX-License-Identifier: Apache-2.0
import type { Exchange, Identity } from '@weir/base';
import { CEL_LIMITS } from '@weir/policy/snapshot';
import type { CelNode, CelProgram } from '@weir/policy/snapshot';
import { RE2JS } from 're2js';
import { CEL_FUNCTIONS } from './cel-functions.ts';
import { CEL_READERS, CelSubject } from './cel-subject.ts';
import { CelFailure, elementsOf, memberOf, NO_SUCH_KEY, TOO_LONG, WRONG_TYPE } from './cel-value.ts';
import type { CelResult, CelValue } from './cel-value.ts';

/** What an expression comes to for a request and one of the caller's identities (`NOBODY`: without one). Never throws. */
export type CelEvaluator = (exchange: Exchange, identity: Identity) => CelResult;

type Evaluate = (subject: CelSubject) => CelResult;

/** Makes a checked expression into functions. Its cost is bounded by whoever has checked it. */
export function compileCel({ root }: CelProgram): CelEvaluator {
  const evaluate = compileNode(root);
  return (exchange, identity) => evaluate(new CelSubject(exchange, identity));
}

function compileNode(node: CelNode): Evaluate {
  switch (node.op) {
    case 'constant':
      return () => node.value;
    case 'variable':
      return CEL_READERS[node.name];
    case 'element':
      return ({ elements }) => elements[node.loop] ?? null;
    case 'list':
      return compileList(node.items.map(compileNode));
    case 'select':
      return compileSelect(compileNode(node.of), node.field);
    case 'has':
      return compileHas(compileNode(node.of), node.field);
    case 'and':
      return compileJunction(compileNode(node.left), compileNode(node.right), false);
    case 'or':
      return compileJunction(compileNode(node.left), compileNode(node.right), true);
    case 'not':
      return compileNot(compileNode(node.of));
    case 'choose':
      return compileChoice(compileNode(node.test), compileNode(node.yes), compileNode(node.no));
    case 'matches':
      return compileMatches(compileNode(node.of), node.pattern);
    case 'call':
      return compileCall(node);
    case 'all':
    case 'exists':
    case 'existsOne':
      return compileLoop(node);
  }
}

function compileList(items: readonly Evaluate[]): Evaluate {
  return subject => {
    const values: CelValue[] = [];
    for (const item of items) {
      const value = item(subject);
      if (value instanceof CelFailure) return value;
      values.push(value);
    }
    return values;
  };
}

function compileSelect(of: Evaluate, field: string): Evaluate {
  return subject => {
    const value = of(subject);
    if (value instanceof CelFailure) return value;
    const member = memberOf(value, field);
    return member === undefined ? NO_SUCH_KEY : member;
  };
}

function compileHas(of: Evaluate, field: string): Evaluate {
  return subject => {
    const value = of(subject);
    if (value instanceof CelFailure) return value;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? memberOf(value, field) !== undefined
      : WRONG_TYPE;
  };
}

/**
 * `&&` and `||` (CEL's logical operators): what decides is looked for on both sides, so that an error on one counts only where the
 * other does not decide. `decides`: true for `||`.
 */
function compileJunction(left: Evaluate, right: Evaluate, decides: boolean): Evaluate {
  return subject => {
    const first = left(subject);
    if (first === decides) return decides;
    const second = right(subject);
    if (second === decides) return decides;
    if (first instanceof CelFailure) return first;
    if (second instanceof CelFailure) return second;
    return typeof first === 'boolean' && typeof second === 'boolean' ? !decides : WRONG_TYPE;
  };
}

function compileNot(of: Evaluate): Evaluate {
  return subject => {
    const value = of(subject);
    if (value instanceof CelFailure) return value;
    return typeof value === 'boolean' ? !value : WRONG_TYPE;
  };
}

function compileChoice(test: Evaluate, yes: Evaluate, no: Evaluate): Evaluate {
  return subject => {
    const value = test(subject);
    if (value instanceof CelFailure) return value;
    if (typeof value !== 'boolean') return WRONG_TYPE;
    return value ? yes(subject) : no(subject);
  };
}

function compileMatches(of: Evaluate, pattern: string): Evaluate {
  const expression = RE2JS.compile(pattern);
  return subject => {
    const text = of(subject);
    if (text instanceof CelFailure) return text;
    if (typeof text !== 'string') return WRONG_TYPE;
    return text.length > CEL_LIMITS.matchedCharacters ? TOO_LONG : expression.test(text);
  };
}

function compileCall({ name, args }: Extract<CelNode, { op: 'call' }>): Evaluate {
  const [left, right] = args.map(compileNode);
  const implementation = CEL_FUNCTIONS[name];
  return subject => {
    const first = left === undefined ? null : left(subject);
    if (first instanceof CelFailure) return first;
    const second = right === undefined ? null : right(subject);
    return second instanceof CelFailure ? second : implementation(first, second);
  };
}

function compileLoop({ op, over, loop, body }: Extract<CelNode, { op: 'all' | 'exists' | 'existsOne' }>): Evaluate {
  const [evaluateOver, evaluateBody] = [compileNode(over), compileNode(body)];
  const conclude = op === 'existsOne' ? countsOne : (results: Iterable<CelResult>) => decided(results, op === 'exists');
  return subject => {
    const value = evaluateOver(subject);
    const elements = value instanceof CelFailure ? value : elementsOf(value);
    return elements instanceof CelFailure ? elements : conclude(each(subject, { elements, loop, evaluateBody }));
  };
}

interface Round {
  readonly elements: readonly CelValue[];
  readonly loop: number;
  readonly evaluateBody: Evaluate;
}

/** What the body comes to for each element. */
function* each(subject: CelSubject, { elements, loop, evaluateBody }: Round): Iterable<CelResult> {
  for (const element of elements) {
    subject.elements[loop] = element;
    yield evaluateBody(subject);
  }
}

/** As a chain of `||` or `&&`. */
function decided(results: Iterable<CelResult>, decides: boolean): CelResult {
  let failure: CelFailure | undefined;
  for (const result of results) {
    if (result === decides) return decides;
    if (result instanceof CelFailure) failure ??= result;
    else if (typeof result !== 'boolean') failure ??= WRONG_TYPE;
  }
  return failure ?? !decides;
}

function countsOne(results: Iterable<CelResult>): CelResult {
  let count = 0;
  for (const result of results) {
    if (result instanceof CelFailure) return result;
    if (typeof result !== 'boolean') return WRONG_TYPE;
    if (result) count++;
  }
  return count === 1;
}
