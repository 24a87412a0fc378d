// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { CelProgram, RateLimitKey } from '@weir/policy/snapshot';
import { NOBODY } from '../cel/cel-subject.ts';
import { compileCel } from '../cel/compile-cel.ts';

/** What a request has of one part of a key; '' = nothing. */
export type TextOf = (exchange: Exchange) => string;

/** A part of a key at work. */
export type KeyPart = Exclude<RateLimitKey, { kind: 'cel' }> | { readonly kind: 'cel'; readonly textOf: TextOf };

/** Throws re2js's error for an expression that RE2 does not take. */
export function compileKeyPart(part: RateLimitKey): KeyPart {
  return part.kind === 'cel' ? { kind: 'cel', textOf: compileKeyExpression(part.program) } : part;
}

/**
 * What cannot be evaluated, or comes to something else than a text, a whole number or a boolean, is '': such requests are counted together,
 * so that nobody gets a count of their own by breaking the expression. What asks who calls takes the first identity that it can be
 * evaluated for.
 */
function compileKeyExpression(program: CelProgram): TextOf {
  const evaluate = compileCel(program);
  return exchange => {
    const identities = program.asksWho && exchange.identities.length > 0 ? exchange.identities : ONLY_NOBODY;
    for (const identity of identities) {
      const value = evaluate(exchange, identity);
      if (typeof value === 'string') return value;
      if (typeof value === 'boolean' || (typeof value === 'number' && Number.isSafeInteger(value))) return String(value);
    }
    return '';
  };
}

const ONLY_NOBODY = Object.freeze([NOBODY]);
