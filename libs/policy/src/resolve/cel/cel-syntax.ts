// SPDX-License-Identifier: Apache-2.0
import type { parse } from '@bufbuild/cel';
import { CelError } from './cel-error.ts';

/** The tree that the parser makes (cel.expr.Expr). */
export type Expr = ReturnType<typeof parse>['expr'];
export type ExprOf<Case extends Expr['exprKind']['case']> = Extract<Expr['exprKind'], { case: Case }>['value'];

/** Every call of the parser has its arguments. */
export function required(expr: Expr | undefined): Expr {
  if (expr === undefined) throw new CelError('lacks a part', { offset: 0, hint: 'complete it' });
  return expr;
}

/** `a.b.c`; undefined where it begins with anything but a name, or asks whether it is there. */
export function pathOf({ exprKind }: Expr): readonly string[] | undefined {
  if (exprKind.case === 'identExpr') return [exprKind.value.name];
  if (exprKind.case !== 'selectExpr') return undefined;
  const { operand, field, testOnly } = exprKind.value;
  if (operand === undefined || testOnly) return undefined;
  const front = pathOf(operand);
  return front && [...front, field];
}

export interface Macro {
  readonly op: 'all' | 'exists' | 'existsOne';
  readonly body: Expr;
}

/** The parser writes macros as loops; undefined for those that make lists. */
export function macroOf({ accuVar, loopStep }: ExprOf<'comprehensionExpr'>): Macro | undefined {
  const step = callOf(loopStep);
  if (step === undefined) return undefined;
  const [first, second] = step.args;
  if (first === undefined || second === undefined) return undefined;
  // `map` and `filter` with a condition are choices, too, but add lists.
  if (step.function === '_?_:_') return isCount(second) ? { op: 'existsOne', body: first } : undefined;
  const isResult = first.exprKind.case === 'identExpr' && first.exprKind.value.name === accuVar;
  const op = JUNCTIONS.get(step.function);
  return isResult && op !== undefined ? { op, body: second } : undefined;
}

const JUNCTIONS: ReadonlyMap<string, Macro['op']> = new Map([
  ['_||_', 'exists'],
  ['_&&_', 'all'],
]);

/** `result + 1`. */
function isCount(expr: Expr): boolean {
  return callOf(expr)?.args[1]?.exprKind.case === 'constExpr';
}

function callOf(expr: Expr | undefined): ExprOf<'callExpr'> | undefined {
  return expr?.exprKind.case === 'callExpr' ? expr.exprKind.value : undefined;
}

/** Parts of an expression that are expressions. */
export function childrenOf({ exprKind }: Expr): readonly Expr[] {
  switch (exprKind.case) {
    case 'selectExpr':
      return exprKind.value.operand === undefined ? [] : [exprKind.value.operand];
    case 'listExpr':
      return exprKind.value.elements;
    case 'callExpr':
      return [...(exprKind.value.target === undefined ? [] : [exprKind.value.target]), ...exprKind.value.args];
    case 'comprehensionExpr': {
      const { iterRange, loopStep } = exprKind.value;
      return [iterRange, loopStep].filter(part => part !== undefined);
    }
    default:
      return [];
  }
}
