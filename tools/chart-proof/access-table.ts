// SPDX-License-Identifier: Apache-2.0
import type { AccessRule } from './access-rule.ts';

/** A rule as a page gives it, with its reason. */
export interface ExplainedRule extends AccessRule {
  readonly why: string;
}

/** Rows of the table below a heading of a page: group, resources, names, verbs, why. Throws where there is no such table. */
export function explainedRules(page: string, heading: string): readonly ExplainedRule[] {
  const section = page.split(/^## /m).find(text => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`the page has no section '${heading}'`);
  const [, , ...rows] = section.split('\n').filter(line => line.startsWith('|'));
  return rows.map(ruleFromRow);
}

function ruleFromRow(row: string): ExplainedRule {
  const [, group = '', resources = '', names = '', verbs = '', why = ''] = row.split('|').map(cell => cell.trim());
  const resourceNames = wordsOf(names);
  return {
    apiGroups: wordsOf(group).map(word => (word === 'core' ? '' : word)),
    resources: wordsOf(resources),
    ...(resourceNames.length === 0 ? {} : { resourceNames }),
    verbs: wordsOf(verbs),
    why,
  };
}

function wordsOf(cell: string): readonly string[] {
  return cell.replaceAll('`', '').split(/, */).filter(Boolean);
}
