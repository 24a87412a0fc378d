// SPDX-License-Identifier: Apache-2.0
import { CEL_LIMITS } from '../../snapshot/index.ts';
import type { CelFunction, CelNode } from '../../snapshot/index.ts';

/** About 10 ns each; what an expression may cost at worst. */
export const MAX_COST = 100_000;

/** Of texts as long as a head is at most. */
const TEXT = 64;
const SEARCH = CEL_LIMITS.elements;

const FUNCTION_COSTS: Readonly<Partial<Record<CelFunction, number>>> = {
  add: TEXT,
  contains: TEXT / 2,
  equals: TEXT,
  equalsWhole: 100 * CEL_LIMITS.compared,
  in: 8 * SEARCH,
  lowerAscii: 2 * TEXT,
  size: 8 * TEXT,
  split: SEARCH,
};

/**
 * RE2 goes through a text once, with every place of the expression that it can be at. An expression of 256 instructions and a text that
 * makes it find new sets of places all the time take about 10 ms.
 */
const MATCH_INSTRUCTION = Math.floor(MAX_COST / 256);

/** What evaluating costs where every text and list is as long as it may be, and both branches are as dear as the dearer one. */
export function worstCost(node: CelNode): number {
  switch (node.op) {
    case 'constant':
    case 'element':
      return 1;
    case 'variable':
      // The query is taken apart, the certificate read, once.
      return 8;
    case 'list':
      return 1 + sum(node.items);
    case 'select':
    case 'has':
      return 8 + worstCost(node.of);
    case 'not':
      return 1 + worstCost(node.of);
    case 'and':
    case 'or':
      return 1 + worstCost(node.left) + worstCost(node.right);
    case 'choose':
      return 1 + worstCost(node.test) + Math.max(worstCost(node.yes), worstCost(node.no));
    case 'matches':
      return MATCH_INSTRUCTION * node.size + worstCost(node.of);
    case 'call':
      return callCost(node.name, node.args);
    case 'all':
    case 'exists':
    case 'existsOne':
      return worstCost(node.over) + elementsOf(node.over) * (2 + worstCost(node.body));
  }
}

function callCost(name: CelFunction, args: readonly CelNode[]): number {
  return ownCost(name, args) + sum(args);
}

function ownCost(name: CelFunction, args: readonly CelNode[]): number {
  const [first, second] = args;
  // What is written down is known to be short.
  if (name === 'in' && second?.op === 'list') return 8 * second.items.length;
  if (name === 'equals' && (first?.op === 'constant' || second?.op === 'constant')) return 4;
  return FUNCTION_COSTS[name] ?? 8;
}

function elementsOf(over: CelNode): number {
  return over.op === 'list' ? over.items.length : CEL_LIMITS.elements;
}

function sum(nodes: readonly CelNode[]): number {
  return nodes.reduce((total, node) => total + worstCost(node), 0);
}
