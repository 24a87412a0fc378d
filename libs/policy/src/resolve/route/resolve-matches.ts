// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js';
import type { PathMatch, RouteMatch, ValueMatch } from '../../snapshot/index.ts';
import type { HttpRouteRuleSpec } from '../inventory/document-of.ts';
import { literalPrefixOfRegex } from './literal-prefix.ts';

type MatchSpec = HttpRouteRuleSpec['matches'][number];
type PathSpec = MatchSpec['path'];
type ValueSpec = NonNullable<MatchSpec['headers'] | MatchSpec['queryParams']>[number];

/** Told of each expression that cannot be compiled, with its path inside the rule. */
export type OnBroken = (path: string, message: string) => void;

/** What to write for an expression that cannot be compiled. */
export const RE2_HINT = 'write it in RE2 syntax, which has no look-around and no back-references';

export const ANY_PATH: PathMatch = { kind: 'prefix', value: '/' };

/** Any value at all: stands for an expression that cannot be read, in a rule that is refused. */
const ANY_VALUE = '(?s:.*)';

/**
 * The matches of a rule; none written = every path. A rule with an unreadable expression keeps a match that is at least as wide,
 * so that what it may have been meant for is refused and does not fall through to a wider rule.
 */
export function resolveMatches(rule: HttpRouteRuleSpec, onBroken: OnBroken): readonly RouteMatch[] {
  if (rule.matches.length === 0) return [{ path: ANY_PATH, method: undefined, headers: [], query: [] }];
  return rule.matches.map(({ path, method, headers = [], queryParams = [] }, index) => {
    const base = `matches[${index}]`;
    return {
      path: resolvePathMatch(path, message => onBroken(`${base}.path.value`, message)),
      method,
      headers: resolveHeaderMatches(headers, (i, message) => onBroken(`${base}.headers[${i}].value`, message)),
      query: resolveValues(queryParams, {
        nameOf: name => name,
        onBroken: (i, message) => onBroken(`${base}.queryParams[${i}].value`, message),
      }),
    };
  });
}

/** Told of an expression that cannot be compiled, for which something at least as wide is put in. */
export function resolvePathMatch({ type, value }: PathSpec, onBroken: (message: string) => void): PathMatch {
  switch (type) {
    case 'Exact':
      return { kind: 'exact', value };
    case 'PathPrefix':
      return { kind: 'prefix', value: value.replace(/\/+$/, '') || '/' };
    case 'RegularExpression': {
      const reason = regexFault(value);
      if (reason === undefined) return { kind: 'regex', value };
      onBroken(reason);
      return { kind: 'prefix', value: literalPrefixOfRegex(value) };
    }
  }
}

/** Names of headers are the same in upper and lower case. */
export function resolveHeaderMatches(
  specs: readonly ValueSpec[],
  onBroken: (index: number, message: string) => void,
): readonly ValueMatch[] {
  return resolveValues(specs, { nameOf: name => name.toLowerCase(), onBroken });
}

/** Of equal names only the first counts (Gateway API, HTTPRouteMatch.headers and queryParams). */
function resolveValues(
  specs: readonly ValueSpec[],
  { nameOf, onBroken }: { nameOf: (name: string) => string; onBroken: (index: number, message: string) => void },
): readonly ValueMatch[] {
  const byName = new Map<string, ValueMatch>();
  for (const [index, { name, type = 'Exact', value }] of specs.entries()) {
    const key = nameOf(name);
    if (byName.has(key)) continue;
    const reason = type === 'RegularExpression' ? regexFault(value) : undefined;
    if (reason !== undefined) onBroken(index, reason);
    const kind = type === 'RegularExpression' ? 'regex' : 'exact';
    byName.set(key, { name: key, kind, value: reason === undefined ? value : ANY_VALUE });
  }
  return [...byName.values()];
}

/** Why RE2 refuses an expression: it has no look-around and no back-references, which is what keeps matching linear. */
export function regexFault(expression: string): string | undefined {
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch (reason) {
    return `is no regular expression in RE2 syntax: \`${expression}\` (${reason instanceof Error ? reason.message : 'refused'})`;
  }
}
