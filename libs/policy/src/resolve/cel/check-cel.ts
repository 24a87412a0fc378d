// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js';
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import { CEL_VARIABLES } from '../../snapshot/index.ts';
import type { CelNode, CelType, CelVariable } from '../../snapshot/index.ts';
import { CelError } from './cel-error.ts';
import { macroOf, pathOf, required } from './cel-syntax.ts';
import type { Expr, ExprOf } from './cel-syntax.ts';
import { areComparable, findOverload, FUNCTION_NAMES } from './cel-functions.ts';
import { commonType, elementType, fits, formatType, isScalar } from './cel-types.ts';

export interface Checked {
  readonly node: CelNode;
  readonly type: CelType;
}

const MAX_NODES = 1000;
const MAX_PATTERN_LENGTH = 256;
const NAMES: readonly string[] = Object.keys(CEL_VARIABLES);

interface Loop {
  readonly name: string;
  readonly type: CelType;
}

/** Finds the type of every part of an expression, and makes of it what can be evaluated. Throws a CelError. */
export class CelChecker {
  private readonly positions: Readonly<Record<string, number>>;
  private readonly loops: Loop[] = [];
  private nodeCount = 0;
  asksWho = false;

  constructor(positions: Readonly<Record<string, number>>) {
    this.positions = positions;
  }

  check(expr: Expr): Checked {
    if (++this.nodeCount > MAX_NODES) throw this.error(expr, `has more than ${MAX_NODES} parts`, 'write several rules');
    const { exprKind } = expr;
    switch (exprKind.case) {
      case 'constExpr':
        return this.constant(expr, exprKind.value);
      case 'identExpr':
      case 'selectExpr':
        return this.name(expr);
      case 'listExpr':
        return this.list(exprKind.value);
      case 'callExpr':
        return this.call(expr, exprKind.value);
      case 'comprehensionExpr':
        return this.loop(expr, exprKind.value);
      default:
        throw this.error(expr, 'is written in a form that is not served', 'write it without braces');
    }
  }

  /** `expected`: what the expression is to be, one of them. */
  expect(expr: Expr, ...expected: readonly CelType[]): CelNode {
    const { node, type } = this.check(expr);
    if (expected.some(one => fits(type, one))) return node;
    throw this.error(expr, `is of type ${formatType(type)}`, `write something of type ${expected.map(formatType).join(' or ')}`);
  }

  private error(expr: Expr, message: string, hint: string): CelError {
    return new CelError(message, { offset: this.positions[expr.id.toString()] ?? 0, hint });
  }

  private constant(expr: Expr, { constantKind }: ExprOf<'constExpr'>): Checked {
    switch (constantKind.case) {
      case 'stringValue':
        return { node: { op: 'constant', value: constantKind.value }, type: 'string' };
      case 'boolValue':
        return { node: { op: 'constant', value: constantKind.value }, type: 'bool' };
      case 'doubleValue':
        return { node: { op: 'constant', value: constantKind.value }, type: 'double' };
      case 'nullValue':
        return { node: { op: 'constant', value: null }, type: 'null' };
      case 'int64Value': {
        const value = Number(constantKind.value);
        if (!Number.isSafeInteger(value)) throw this.error(expr, 'is too large', 'write a number below 2^53');
        return { node: { op: 'constant', value }, type: 'int' };
      }
      default:
        throw this.error(expr, 'is a constant that is not served', 'write a text, number, true, false or null');
    }
  }

  private list({ elements }: ExprOf<'listExpr'>): Checked {
    const items = elements.map(element => this.check(element));
    const type = items.reduce<CelType | undefined>(
      (common, item) => (common === undefined ? item.type : (commonType(common, item.type) ?? 'dyn')),
      undefined,
    );
    return { node: { op: 'list', items: items.map(({ node }) => node) }, type: { list: type ?? 'dyn' } };
  }

  /** A variable, the element of a loop, or a member of something. */
  private name(expr: Expr): Checked {
    const path = pathOf(expr);
    const [first = ''] = path ?? [];
    const loop = this.loops.findLastIndex(({ name }) => name === first);
    if (path !== undefined && loop === -1) {
      const variable = NAMES.find(name => name === path.join('.'));
      if (isVariable(variable)) return this.variable(variable);
      if (path.length === 1 || NAMES.every(name => !path.join('.').startsWith(`${name}.`))) {
        throw this.unknown(expr, path.join('.'));
      }
    }
    if (expr.exprKind.case === 'selectExpr') return this.select(expr, expr.exprKind.value);
    return { node: { op: 'element', loop }, type: this.loops[loop]?.type ?? 'dyn' };
  }

  private variable(name: CelVariable): Checked {
    if (name.startsWith('consumer') || name === 'claims') this.asksWho = true;
    return { node: { op: 'variable', name }, type: CEL_VARIABLES[name] };
  }

  private unknown(expr: Expr, written: string): CelError {
    const nearest = nearestName(written, NAMES);
    const hint = nearest === undefined ? `write one of ${NAMES.join(', ')}` : `did you mean \`${nearest}\`?`;
    return this.error(expr, `\`${written}\` is nothing that is known here`, hint);
  }

  private select(expr: Expr, { operand, field, testOnly }: ExprOf<'selectExpr'>): Checked {
    const of = this.check(required(operand));
    const isMap = of.type === 'dyn' || (typeof of.type !== 'string' && 'map' in of.type);
    if (!isMap) throw this.error(expr, `asks for \`${field}\` of a ${formatType(of.type)}`, 'ask for members of maps only');
    this.checkHeaderName(expr, of.node, field);
    if (testOnly) return { node: { op: 'has', of: of.node, field }, type: 'bool' };
    return {
      node: { op: 'select', of: of.node, field },
      type: typeof of.type !== 'string' && 'map' in of.type ? of.type.map : 'dyn',
    };
  }

  /** A name that can never be there would be a rule that never fits. */
  private checkHeaderName(expr: Expr, of: CelNode, name: string): void {
    if (of.op !== 'variable' || of.name !== 'request.headers' || name === name.toLowerCase()) return;
    throw this.error(
      expr,
      `asks for header \`${name}\`, and names of headers are lower-case here`,
      `write ${name.toLowerCase()}`,
    );
  }

  private call(expr: Expr, { function: written, target, args }: ExprOf<'callExpr'>): Checked {
    const all = target === undefined ? args : [target, ...args];
    switch (written) {
      case '_&&_':
      case '_||_':
        return this.junction(written === '_&&_' ? 'and' : 'or', args);
      case '!_':
        return { node: { op: 'not', of: this.expect(required(args[0]), 'bool') }, type: 'bool' };
      case '_?_:_':
        return this.choose(expr, args);
      case '_==_':
      case '_!=_':
        return this.equality(expr, { isNegated: written === '_!=_', args });
      case '_>_':
      case '_>=_':
        return this.overload(expr, written === '_>_' ? '_<_' : '_<=_', [...all].reverse());
      case '@in':
        return this.membership(expr, args);
      case '_[_]':
        return this.index(expr, args);
      case 'matches':
        return this.matches(expr, all);
      default:
        return this.overload(expr, target === undefined ? written : `.${written}`, all);
    }
  }

  private junction(op: 'and' | 'or', [left, right]: readonly Expr[]): Checked {
    return { node: { op, left: this.expect(required(left), 'bool'), right: this.expect(required(right), 'bool') }, type: 'bool' };
  }

  private choose(expr: Expr, [test, yes, no]: readonly Expr[]): Checked {
    const node = this.expect(required(test), 'bool');
    const [first, second] = [this.check(required(yes)), this.check(required(no))];
    const type = commonType(first.type, second.type);
    if (type === undefined) {
      const types = `${formatType(first.type)} and ${formatType(second.type)}`;
      throw this.error(expr, `is of one of two types, ${types}`, 'write the same type on both sides of the colon');
    }
    return { node: { op: 'choose', test: node, yes: first.node, no: second.node }, type };
  }

  private equality(expr: Expr, { isNegated, args }: { readonly isNegated: boolean; readonly args: readonly Expr[] }): Checked {
    const [left, right] = args.map(arg => this.check(arg));
    if (left === undefined || right === undefined || !areComparable(left.type, right.type)) {
      const types = [left, right].map(one => formatType(one?.type ?? 'dyn')).join(' and ');
      throw this.error(expr, `compares ${types}, which are never equal`, 'compare what is of the same type');
    }
    const isSimple = isScalar(left.type) || isScalar(right.type);
    const equals: CelNode = { op: 'call', name: isSimple ? 'equals' : 'equalsWhole', args: [left.node, right.node] };
    return { node: isNegated ? { op: 'not', of: equals } : equals, type: 'bool' };
  }

  private membership(expr: Expr, args: readonly Expr[]): Checked {
    const [item, container] = args.map(arg => this.check(arg));
    const type = elementType(container?.type ?? 'null');
    if (item === undefined || container === undefined || type === undefined || !areComparable(item.type, type)) {
      const types = `${formatType(item?.type ?? 'dyn')} in ${formatType(container?.type ?? 'dyn')}`;
      throw this.error(expr, `asks for a ${types}`, 'ask for what a list has in it, or for a key of a map');
    }
    return { node: { op: 'call', name: 'in', args: [item.node, container.node] }, type: 'bool' };
  }

  private index(expr: Expr, args: readonly Expr[]): Checked {
    const [of, key] = args.map(arg => this.check(arg));
    if (of === undefined || key === undefined) throw this.error(expr, 'asks for nothing', 'write an index');
    if (key.node.op === 'constant' && typeof key.node.value === 'string') this.checkHeaderName(expr, of.node, key.node.value);
    const node: CelNode = { op: 'call', name: 'index', args: [of.node, key.node] };
    if (of.type === 'dyn') return { node, type: 'dyn' };
    if (typeof of.type !== 'string') {
      if ('list' in of.type && fits(key.type, 'int')) return { node, type: of.type.list };
      if ('map' in of.type && fits(key.type, 'string')) return { node, type: of.type.map };
    }
    throw this.error(
      expr,
      `asks for a ${formatType(key.type)} of a ${formatType(of.type)}`,
      'write [0] for lists, ["name"] for maps',
    );
  }

  /** The expression has to be known beforehand: compiling one costs more than matching, and could be made as large as one likes. */
  private matches(expr: Expr, [text, pattern]: readonly Expr[]): Checked {
    const of = this.expect(required(text), 'string');
    const value = pattern === undefined ? undefined : this.check(pattern).node;
    if (value?.op !== 'constant' || typeof value.value !== 'string') {
      throw this.error(expr, 'matches something that is no constant', 'write the expression in quotes');
    }
    if (value.value.length > MAX_PATTERN_LENGTH) {
      throw this.error(expr, `has an expression of more than ${MAX_PATTERN_LENGTH} characters`, 'write a shorter one');
    }
    return { node: { op: 'matches', of, pattern: value.value, size: this.sizeOf(expr, value.value) }, type: 'bool' };
  }

  private sizeOf(expr: Expr, pattern: string): number {
    try {
      return RE2JS.compile(pattern).programSize();
    } catch (reason) {
      const detail = reason instanceof Error ? reason.message : 'it cannot be read';
      throw this.error(expr, `has an expression that RE2 does not take: ${detail}`, 'write it in RE2 syntax');
    }
  }

  private overload(expr: Expr, written: string, exprs: readonly Expr[]): Checked {
    const args = exprs.map(arg => this.check(arg));
    const found = findOverload(
      written,
      args.map(({ type }) => type),
    );
    if (typeof found !== 'string') {
      return { node: { op: 'call', name: found.name, args: args.map(({ node }) => node) }, type: found.result };
    }
    const name = written.replaceAll(/[_.]/g, '');
    const nearest = /^[a-z]/i.test(name) ? nearestName(name, FUNCTION_NAMES) : undefined;
    const hint = args.some(({ type }) => type === 'dyn')
      ? 'write int(…), double(…) or string(…) around what a token says'
      : `known are ${FUNCTION_NAMES.join(', ')}`;
    throw this.error(
      expr,
      `\`${name}\` ${found}`,
      nearest === undefined || nearest === name ? hint : `did you mean \`${nearest}\`?`,
    );
  }

  /** The parser writes macros as loops that add something up; those of three macros are known. */
  private loop(expr: Expr, comprehension: ExprOf<'comprehensionExpr'>): Checked {
    const macro = macroOf(comprehension);
    if (macro === undefined) {
      throw this.error(expr, 'makes a list out of another one, which is not served', 'write exists, all or exists_one');
    }
    const over = this.check(required(comprehension.iterRange));
    const type = elementType(over.type);
    if (type === undefined) throw this.error(expr, `goes through a ${formatType(over.type)}`, 'go through a list or a map');
    const loop = this.loops.push({ name: comprehension.iterVar, type }) - 1;
    const body = this.expect(macro.body, 'bool');
    this.loops.pop();
    return { node: { op: macro.op, over: over.node, loop, body }, type: 'bool' };
  }
}

function isVariable(name: string | undefined): name is CelVariable {
  return name !== undefined && Object.hasOwn(CEL_VARIABLES, name);
}
