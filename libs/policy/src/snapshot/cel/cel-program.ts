// SPDX-License-Identifier: Apache-2.0

/**
 * A CEL expression that has been parsed, type-checked and found cheap enough, as a tree of plain data: whoever evaluates it needs no
 * parser, and it can be sent.
 */
export interface CelProgram {
  /** As it was written, for people. */
  readonly source: string;
  readonly root: CelNode;
  /** Whether what it says depends on who the caller has shown to be. */
  readonly asksWho: boolean;
}

/** What an expression can ask for, each with its type. */
export const CEL_VARIABLES = {
  'request.method': 'string',
  'request.path': 'string',
  'request.host': 'string',
  'request.scheme': 'string',
  'request.headers': { map: 'string' },
  'request.query': { map: { list: 'string' } },
  'client.address': 'string',
  /** `NAMESPACE/SERVICE-ACCOUNT` of the workload that calls; '' = it is none of the mesh, or has not shown it. */
  'source.identity': 'string',
  'consumer.name': 'string',
  'consumer.groups': { list: 'string' },
  claims: { map: 'dyn' },
  'certificate.dnsNames': { list: 'string' },
  'certificate.uris': { list: 'string' },
  'certificate.emails': { list: 'string' },
} as const satisfies Readonly<Record<string, CelType>>;
export type CelVariable = keyof typeof CEL_VARIABLES;

/** Keys of maps are texts. `dyn`: what it is is known when it is there. */
export type CelType =
  'bool' | 'double' | 'dyn' | 'int' | 'null' | 'string' | { readonly list: CelType } | { readonly map: CelType };

/** Functions of values that are all there. */
export type CelFunction =
  | 'add'
  | 'contains'
  | 'divide'
  | 'divideInt'
  | 'double'
  | 'endsWith'
  | 'equals'
  /** Of values that may be lists or maps. */
  | 'equalsWhole'
  | 'in'
  | 'index'
  | 'int'
  | 'less'
  | 'lessOrEqual'
  | 'lowerAscii'
  | 'multiply'
  | 'negate'
  | 'remainder'
  | 'size'
  | 'split'
  | 'startsWith'
  | 'string'
  | 'subtract';

export type CelNode =
  | { readonly op: 'constant'; readonly value: boolean | number | string | null }
  | { readonly op: 'variable'; readonly name: CelVariable }
  /** What a loop is at; loops are counted from the outermost, which is 0. */
  | { readonly op: 'element'; readonly loop: number }
  | { readonly op: 'list'; readonly items: readonly CelNode[] }
  | { readonly op: 'select'; readonly of: CelNode; readonly field: string }
  /** Whether there is such a member: `has(of.field)`. */
  | { readonly op: 'has'; readonly of: CelNode; readonly field: string }
  | { readonly op: 'and' | 'or'; readonly left: CelNode; readonly right: CelNode }
  | { readonly op: 'not'; readonly of: CelNode }
  | { readonly op: 'choose'; readonly test: CelNode; readonly yes: CelNode; readonly no: CelNode }
  /** `pattern`: of RE2, unanchored; `size`: how many instructions RE2 makes of it. */
  | { readonly op: 'matches'; readonly of: CelNode; readonly pattern: string; readonly size: number }
  | {
      readonly op: 'all' | 'exists' | 'existsOne';
      /** A list, or a map, of which it goes through the keys. */
      readonly over: CelNode;
      readonly loop: number;
      readonly body: CelNode;
    }
  /** Integers are those that a double has exactly; beyond, the result is an error. */
  | { readonly op: 'call'; readonly name: CelFunction; readonly args: readonly CelNode[] };

/** What is longer is an error when it comes, so that the cost of an expression can be known before. */
export const CEL_LIMITS = {
  /** Elements of a list or map that is gone through or searched, and parts of a text that is split. */
  elements: 1000,
  /** Characters of a text that `matches` looks at. */
  matchedCharacters: 1024,
  /** Members and elements that comparing lists and maps looks at. */
  compared: 100,
  /** Characters of a text that is put together. */
  characters: 65_536,
} as const;
