// SPDX-License-Identifier: Apache-2.0
import { createPaint } from '../text/paint.ts';
import type { Mark, Paint } from '../text/paint.ts';
import { printable } from '../text/printable.ts';
import { TEXT_COLUMNS, wrapText } from '../text/wrap-text.ts';
import { changesOf } from './policy-diff.ts';
import type { Change, Effect, ObjectDiff, PlaceDiff, PolicyDiff, RuleDiff } from './policy-diff.ts';
import { titleOf } from './rule-view.ts';

const LABELS: Readonly<Record<Effect, string>> = {
  weakens: '! weakens',
  mayWeaken: '? may weaken',
  strengthens: '+ strengthens',
  neutral: '',
};
const LABEL_COLUMNS = 15;
const MARGIN = '  ';
const MAX_RULES_SHOWN = 6;

/** A difference for a terminal of 80 columns, without a final line break. */
export function renderDiff(diff: PolicyDiff, options: { readonly isColour: boolean }): string {
  const { objects, rules } = diff;
  if (objects.length === 0 && rules.length === 0) return 'no policy differs';
  const paint = createPaint(options);
  return [
    ...wrapText(summaryOf(diff), TEXT_COLUMNS).map(paint.bold),
    ...objects.flatMap(object => ['', ...objectLines(object, paint)]),
    ...groupsOf(rules).flatMap(group => ['', ...groupLines(group, paint)]),
  ].join('\n');
}

function summaryOf(diff: PolicyDiff): string {
  const { objects, rules } = diff;
  const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
  const effects = Map.groupBy(changesOf(diff), ({ effect }) => effect);
  const found = [
    ...countWords(effects.get('weakens'), 'weakens', 'weaken'),
    ...countWords(effects.get('mayWeaken'), 'may weaken', 'may weaken'),
    ...countWords(effects.get('strengthens'), 'strengthens', 'strengthen'),
  ];
  const what = [
    ...(objects.length === 0 ? [] : [counted(objects.length, 'object', 'objects')]),
    ...(rules.length === 0 ? [] : [counted(rules.length, 'rule', 'rules')]),
  ];
  const verb = objects.length + rules.length === 1 ? 'differs' : 'differ';
  return `${what.join(' and ')} ${verb}${found.length === 0 ? '' : `: ${found.join(', ')}`}`;
}

function countWords(changes: readonly Change[] | undefined, one: string, many: string): readonly string[] {
  const count = changes?.length ?? 0;
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
}

function objectLines({ kind, name, changes, holdsFor }: ObjectDiff, paint: Paint): readonly string[] {
  const shown = holdsFor.slice(0, MAX_RULES_SHOWN).join('; ');
  const rest = holdsFor.length > MAX_RULES_SHOWN ? `; and ${holdsFor.length - MAX_RULES_SHOWN} more` : '';
  const none = kind === 'Mesh' ? 'holds for all of the mesh' : 'holds for no rule';
  const holds = holdsFor.length === 0 ? none : `holds for ${shown}${rest}`;
  return [
    ...titleLines(`${kind} ${name}`, paint),
    ...changes.flatMap(change => changeLines(change, paint)),
    ...hanging('', holds, paint.dim),
  ];
}

/** Rules of which the same is to be said. */
type Group = readonly RuleDiff[];

function groupsOf(rules: readonly RuleDiff[]): readonly Group[] {
  return [...Map.groupBy(rules, ({ places }) => JSON.stringify(places)).values()];
}

function groupLines(group: Group, paint: Paint): readonly string[] {
  return [
    ...group.flatMap(rule => titleLines(titleOf(rule), paint)),
    ...(group[0]?.places ?? []).flatMap(place => placeLines(place, paint)),
  ];
}

function placeLines({ place, changes }: PlaceDiff, paint: Paint): readonly string[] {
  const title = place === '' ? [] : [MARGIN + paint.dim(printable(place))];
  return [...title, ...changes.flatMap(change => changeLines(change, paint))];
}

function titleLines(text: string, paint: Paint): readonly string[] {
  return wrapText(printable(text), TEXT_COLUMNS).map(paint.bold);
}

function changeLines({ effect, text }: Change, paint: Paint): readonly string[] {
  return hanging(LABELS[effect], text, markOf(effect, paint));
}

function hanging(label: string, text: string, mark: Mark): readonly string[] {
  const lines = wrapText(printable(text), TEXT_COLUMNS - MARGIN.length - LABEL_COLUMNS);
  return lines.map((line, index) => MARGIN + mark((index === 0 ? label : '').padEnd(LABEL_COLUMNS) + line));
}

function markOf(effect: Effect, { bad, warn, good }: Paint): Mark {
  return { weakens: bad, mayWeaken: warn, strengthens: good, neutral: (text: string) => text }[effect];
}
