// SPDX-License-Identifier: Apache-2.0
import { reasonWords } from '@weir/base';
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { CelInput } from '@bufbuild/cel';
import type { AnalysisFacts, ExpressionCondition, ExpressionResult } from '../analysis/condition.ts';
import type { RevisionFacts } from '../analysis/revision-facts.ts';

/** What an expression may look at: both revisions, and the value of a query where it is about one. */
export type ExpressionFacts = AnalysisFacts & { readonly value?: number };

interface Expression extends ExpressionCondition {
  readonly holds: (facts: ExpressionFacts) => ExpressionResult;
}

/** Without it, an expression says something also where stable has no requests any more. */
const STABLE = /\bstable\b/v;

/** An expression of CEL over numbers. What cannot be read or computed decides nothing, and says why. */
export function expressionOf(text: string): Expression {
  const expression = { kind: 'expression', text, isCompared: STABLE.test(text) } as const;
  try {
    const run = plan(celEnv(), parse(text));
    return { ...expression, holds: facts => resultOf(run(bindings(facts))) };
  } catch (reason) {
    const problem = reasonWords(reason);
    return { ...expression, holds: () => ({ problem }) };
  }
}

function resultOf(result: unknown): ExpressionResult {
  if (typeof result === 'boolean') return result;
  return { problem: isCelError(result) ? result.message : 'it comes to neither true nor false' };
}

function bindings({ stable, candidate, value }: ExpressionFacts): Record<string, CelInput> {
  const numbers = { stable: numbersOf(stable), candidate: numbersOf(candidate) };
  return value === undefined ? numbers : { ...numbers, value };
}

/** Doubles all of them: CEL compares them with whole numbers, too. */
function numbersOf({ requests, failed, successPercent, p50Ms, p90Ms, p95Ms, p99Ms }: RevisionFacts): CelInput {
  const named = { requests, failures: failed, successPercent, p50: p50Ms, p90: p90Ms, p95: p95Ms, p99: p99Ms };
  return new Map<string, CelInput>(Object.entries(named));
}
