// SPDX-License-Identifier: Apache-2.0
import { parse } from '@bufbuild/cel';
import type { CelProgram, CelType } from '../../snapshot/index.ts';
import { CelError } from './cel-error.ts';
import { MAX_COST, worstCost } from './cel-cost.ts';
import { CelChecker } from './check-cel.ts';
import { childrenOf } from './cel-syntax.ts';
import type { Expr } from './cel-syntax.ts';

export const MAX_EXPRESSION_LENGTH = 4096;
/** Of brackets and of operators within each other: both parsing and evaluating go down by calls. */
const MAX_DEPTH = 64;

/**
 * Reads an expression of CEL, checks the types of all its parts and bounds what evaluating it costs. Macros: has, all, exists and
 * exists_one; no timestamps, durations, bytes, unsigned numbers, maps that are written down, and messages. `expected`: what it may come to.
 *
 * @throws {CelError} what is wrong, where, and what to write.
 */
export function compileExpression(source: string, ...expected: readonly CelType[]): CelProgram {
  assertShallow(source);
  const { expr, sourceInfo } = parseSource(source);
  assertShallowTree(expr);
  const checker = new CelChecker(sourceInfo?.positions ?? {});
  const root = checker.expect(expr, ...expected);
  const cost = worstCost(root);
  if (cost > MAX_COST) {
    const hint = 'write fewer matches, and no loops within loops';
    throw new CelError(`may cost ${cost} steps, and ${MAX_COST} are allowed`, { offset: 0, hint });
  }
  return { source, root, asksWho: checker.asksWho };
}

/** Brackets in texts count, too: it is only to keep the parser from going too deep. */
function assertShallow(source: string): void {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new CelError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`, { offset: 0, hint: 'write several rules' });
  }
  let depth = 0;
  for (let offset = 0; offset < source.length; offset++) {
    const character = source.charAt(offset);
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    if (depth > MAX_DEPTH) throw new CelError('is nested too deep', { offset, hint: 'write several rules' });
  }
}

function parseSource(source: string): ReturnType<typeof parse> {
  try {
    return parse(source);
  } catch (reason) {
    throw syntaxError(reason);
  }
}

/** The parser's errors are of no class that it exports. */
function syntaxError(reason: unknown): CelError {
  const { message, location } = Object(reason) as { message?: unknown; location?: { start?: { offset?: unknown } } };
  const offset = Number(location?.start?.offset ?? 0);
  const found = /found (.*) but expecting/s.exec(String(message))?.[1];
  const what = found === undefined ? 'cannot be read' : `cannot be read from \`${found}\` on`;
  return new CelError(what, { offset, hint: 'write an expression of CEL (https://cel.dev)' });
}

/** Chains of operators are deep trees: `a || b || c`. Looked at without calls. */
function assertShallowTree(root: Expr): void {
  let level: readonly Expr[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH * 4) {
      throw new CelError('is nested too deep', { offset: 0, hint: 'write several rules, or `x in [a, b]`' });
    }
    level = level.flatMap(childrenOf);
  }
}
