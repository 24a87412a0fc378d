// SPDX-License-Identifier: Apache-2.0
import type { Attachment, ResourceName, RuleAction } from '@weir/policy/snapshot';
import type { Sides } from './authentication-changes.ts';
import { callerChanges } from './caller-changes.ts';
import { chainChanges, chainWords, isGuarded } from './chain-changes.ts';
import { mayWeaken, neutral, weakens } from './policy-diff.ts';
import type { Change, Effect, PlaceDiff, RuleDiff } from './policy-diff.ts';
import type { BackendView, RulePair, RuleView } from './rule-view.ts';
import { trafficChainChanges } from './traffic-chains.ts';
import { differingFields, fieldOf, fromTo, isSame, paired } from './values.ts';

/** What is otherwise for the requests of a rule; undefined = nothing. */
export function ruleDiff([before, after]: RulePair, sides: Sides): RuleDiff | undefined {
  const { routeKind, route, rule } = after ?? before!;
  const stateOfOne = before === undefined ? 'added' : 'removed';
  const state = before !== undefined && after !== undefined ? 'changed' : stateOfOne;
  const places = placesOf(before, after, sides).filter(({ changes }) => changes.length > 0);
  return places.length === 0 ? undefined : { routeKind, route, rule, state, places };
}

function placesOf(before: RuleView | undefined, after: RuleView | undefined, sides: Sides): readonly PlaceDiff[] {
  if (after === undefined) return [{ place: '', changes: [neutral('the rule is gone; its requests go to others, or nowhere')] }];
  if (before === undefined) return newRulePlaces(after, sides);
  return [wholeDiff(before, after, sides), ...listenerDiffs(before, after, sides), ...backendDiffs(before, after, sides)];
}

/** Of a rule that was not there, who guards it. */
function newRulePlaces(rule: RuleView, sides: Sides): readonly PlaceDiff[] {
  const ways = rule.attachments.map(attachment => ({
    place: `on ${attachment.listener}`,
    changes: [
      isOpen(rule, attachment, sides)
        ? weakens('appears without any access policy')
        : guardedBy('appears', attachment.access, sides),
    ],
  }));
  const backends = rule.backends.filter(({ access }) => access !== undefined);
  return [
    ...ways,
    ...backends.map(({ label, access }) => ({ place: `to ${label}`, changes: [guardedBy('forwarded to', access, sides)] })),
  ];
}

function guardedBy(what: string, access: BackendView['access'], { after }: Sides): Change {
  const words = chainWords(after, access);
  return neutral(words === '' ? what : `${what}, under ${words}`);
}

/**
 * Whether requests reach a backend without any policy that could refuse them. A rule without backends forwards nothing. In the mesh
 * callers leave it to who receives to refuse, and what is received without a policy came before, past the mesh.
 */
function isOpen({ backends }: Pick<RuleView, 'backends'>, { access, meshSide }: Attachment, { after }: Sides): boolean {
  if (meshSide !== undefined || isGuarded(after, access)) return false;
  return backends.some(backend => backend.weight > 0 && !isGuarded(after, backend.access));
}

function isOpenAnywhere(rule: RuleView, sides: Sides): boolean {
  return rule.attachments.some(attachment => isOpen(rule, attachment, sides));
}

function wholeDiff(before: RuleView, after: RuleView, sides: Sides): PlaceDiff {
  const movesRequests = !isSame(before.matches, after.matches) || hasOtherHostnames(before, after);
  const isNowOpen = isOpenAnywhere(after, sides);
  const moved = isNowOpen
    ? mayWeaken('takes other requests than before, without any access policy')
    : neutral('takes other requests than before');
  const renamed = before.rule === after.rule ? [] : [neutral(`was rule ${before.rule}`)];
  return { place: '', changes: [...(movesRequests ? [moved] : []), ...renamed, ...actionChanges(before.action, after.action)] };
}

/** At the listeners that both have. */
function hasOtherHostnames(before: RuleView, after: RuleView): boolean {
  const { both } = paired(before.attachments, after.attachments, ({ listener }) => listener);
  return both.some(([old, now]) => !isSame(old.hostnames, now.hostnames));
}

function listenerDiffs(before: RuleView, after: RuleView, sides: Sides): readonly PlaceDiff[] {
  const { both, lost, gained } = paired(before.attachments, after.attachments, ({ listener }) => listener);
  return [
    ...both.map(([old, now]) => ({
      place: `on ${now.listener}`,
      changes: [
        ...chainChanges(old.access, now.access, sides),
        ...trafficChainChanges(old.traffic?.limits, now.traffic?.limits, sides),
        ...callerChanges({ rule: before, attachment: old }, { rule: after, attachment: now }, sides),
      ],
    })),
    ...lost.map(({ listener }) => ({ place: `on ${listener}`, changes: [neutral('no longer attached')] })),
    ...gained.map(attachment => ({
      place: `on ${attachment.listener}`,
      changes: [
        isOpen(after, attachment, sides)
          ? weakens('attached without any access policy')
          : guardedBy('attached', attachment.access, sides),
      ],
    })),
  ];
}

function backendDiffs(before: RuleView, after: RuleView, sides: Sides): readonly PlaceDiff[] {
  const { both, lost, gained } = paired(before.backends, after.backends, ({ label }) => label);
  return [
    ...both.map(([old, now]) => ({
      place: `to ${now.label}`,
      changes: [
        ...chainChanges(old.access, now.access, sides),
        ...trafficChainChanges(serviceLimits(before, old.label), serviceLimits(after, now.label), sides),
      ],
    })),
    ...lost.map(({ label }) => ({ place: `to ${label}`, changes: [neutral('no longer forwarded to')] })),
    ...gained.map(backend => ({ place: `to ${backend.label}`, changes: [gainedBackend(backend, after, sides)] })),
  ];
}

/** A Service has the same limits whichever listener its requests come by. */
function serviceLimits({ attachments, backends }: RuleView, label: string): ResourceName | undefined {
  const index = backends.findIndex(backend => backend.label === label);
  return attachments.map(({ traffic }) => traffic?.backends[index]?.limits).find(limits => limits !== undefined);
}

function gainedBackend(backend: BackendView, rule: RuleView, sides: Sides): Change {
  const isReachable = rule.attachments.some(attachment => isOpen({ backends: [backend] }, attachment, sides));
  return isReachable ? weakens('forwarded to without any access policy') : guardedBy('forwarded to', backend.access, sides);
}

/** What differing means by field; what is not here may weaken. Backends are places of their own. */
const ACTION_EFFECTS: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ['requestTimeoutMs', 'neutral'],
  ['attemptTimeoutMs', 'neutral'],
  ['retry', 'neutral'],
]);

function actionChanges(before: RuleAction | undefined, after: RuleAction | undefined): readonly Change[] {
  if (before === undefined || after === undefined) return [];
  return differingFields(before, after).flatMap((name): readonly Change[] => {
    if (name === 'backends') return [];
    if (name === 'refusal') return [refusalChange(before, after)];
    if (name === 'filters') return filterChanges(before, after);
    const text = fromTo(name, fieldOf(before, name), fieldOf(after, name));
    return [{ effect: ACTION_EFFECTS.get(name) ?? 'mayWeaken', text }];
  });
}

function refusalChange(before: RuleAction, after: RuleAction): Change {
  const text = fromTo('refused', before.refusal?.code, after.refusal?.code);
  return after.refusal === undefined ? mayWeaken(`${text}, its requests are served`) : neutral(text);
}

/** These change requests and admit nobody. CORS says who may read answers from elsewhere, and a mirror gets copies. */
const SAFE_FILTERS: ReadonlySet<string> = new Set([
  'requestHeaderModifier',
  'requestRedirect',
  'responseHeaderModifier',
  'urlRewrite',
]);

function filterChanges({ filters: before }: RuleAction, { filters: after }: RuleAction): readonly Change[] {
  const kinds = [...new Set([...before, ...after].map(({ kind }) => kind))];
  return kinds.flatMap(kind => {
    const [old, now] = [before, after].map(filters => filters.filter(filter => filter.kind === kind));
    if (isSame(old, now)) return [];
    return [(SAFE_FILTERS.has(kind) ? neutral : mayWeaken)(`filter ${kind} differs`)];
  });
}
