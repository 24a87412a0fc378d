// SPDX-License-Identifier: Apache-2.0
import { POLICY_TARGETS, TARGETS_OF_CHAIN } from '@weir/policy/documents';
import type { Chain, FieldTraits, Strategy } from '@weir/policy/documents';
import type { KindModel } from '../fields/field.ts';
import { allFields } from '../fields/read-kinds.ts';
import { markdownTable } from './words.ts';

const STRATEGIES: Readonly<Record<Strategy, string>> = {
  nearest:
    'the narrowest scope wins; a wider policy with `precedence: Override` goes before it, and of several of these the widest',
  all: 'everything that any of the policies asks holds',
  byName: 'entries of a list are merged by their name, each as `nearest`',
  strictest: 'the value that admits least',
};

const CHAINS: Readonly<Record<Chain, string>> = {
  request:
    "the Gateway's Namespace, Gateway, ListenerSet, listener, then the route's Namespace, route, rule; a Service's own part is evaluated beside them",
  mesh: "the Service's Namespace, then the Service",
  backend: "the calling Gateway, then the Service's Namespace and the Service",
};

/** Every field that policies merge: how, and who acts on it, for each thing that a policy may be attached to. */
export function mergingPage(kinds: readonly KindModel[]): string {
  const parts = [
    '# Merging',
    'Policies of several scopes hold for a request at once. Every field that they merge belongs to one chain of scopes, and becomes one value by one strategy.',
    '## Strategies',
    markdownTable(['strategy', 'what comes of several policies'], Object.entries(STRATEGIES)),
    '## Chains',
    markdownTable(['chain', 'scopes, widest first'], Object.entries(CHAINS)),
    '## Fields',
    markdownTable(['kind', 'field', 'strategy', 'chain', 'enforced by'], rowsOf(kinds, ruleCells)),
    '## Where a field may be set',
    'By what the policy is attached to. A policy that is attached elsewhere and sets the field is not accepted.',
    markdownTable(['kind', 'field', ...POLICY_TARGETS], rowsOf(kinds, targetCells)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function rowsOf(
  kinds: readonly KindModel[],
  cellsOf: (traits: FieldTraits) => readonly string[],
): readonly (readonly string[])[] {
  return kinds.flatMap(model =>
    allFields(model).flatMap(({ path, traits }) =>
      traits === undefined ? [] : [[`[${model.kind}](${model.kind.toLowerCase()}.md)`, `\`${path}\``, ...cellsOf(traits)]],
    ),
  );
}

function ruleCells({ strategy, chain, enforcedAt }: FieldTraits): readonly string[] {
  return [strategy, chain, enforcedAt];
}

function targetCells({ chain }: FieldTraits): readonly string[] {
  return POLICY_TARGETS.map(target => (TARGETS_OF_CHAIN[chain].includes(target) ? 'yes' : '—'));
}
