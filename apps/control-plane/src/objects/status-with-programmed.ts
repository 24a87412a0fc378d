// SPDX-License-Identifier: Apache-2.0
import type { Condition, Status } from '@weir/policy/compile';
import type { Programmed } from '@weir/sync/server';

/** The condition that tells whether proxies have an object. */
export const PROGRAMMED = 'weir.dev/Programmed';

export interface ProgrammedFacts {
  readonly programmed: Programmed;
  readonly observedGeneration: number;
  /** When it last became another. */
  readonly turnedMs: number;
}

/** More names than this are counted: a condition's message is read by people. */
const MAX_NAMES = 3;

/** The status with the condition beside those of each parent, or each ancestor; other statuses have no place for it. */
export function statusWithProgrammed(status: Status, facts: ProgrammedFacts): Status {
  if ('parents' in status) {
    return {
      ...status,
      parents: status.parents.map(parent => ({ ...parent, conditions: withCondition(parent.conditions, facts) })),
    };
  }
  if ('ancestors' in status) {
    const ancestors = status.ancestors.map(one => ({ ...one, conditions: withCondition(one.conditions, facts) }));
    return { ...status, ancestors };
  }
  if ('listeners' in status || 'supportedFeatures' in status) return status;
  return { ...status, conditions: withCondition(status.conditions, facts) };
}

/** As much as a condition that was once `True` says of it. */
export function programmedFrom(message: string): Programmed {
  const of = Number(/^(\d+) of \1 proxies have it/u.exec(message)?.[1] ?? 0);
  return { status: 'true', of, acked: of, waiting: [], refusing: [], gone: [], unheard: [] };
}

function withCondition(conditions: readonly Condition[], facts: ProgrammedFacts): readonly Condition[] {
  return [...conditions.filter(({ type }) => type !== PROGRAMMED), programmedCondition(facts)];
}

/** `False` also while nobody needs it: it is in force nowhere. */
function programmedCondition({ programmed, observedGeneration, turnedMs }: ProgrammedFacts): Condition {
  const { status, of, acked, waiting, refusing, gone, unheard } = programmed;
  const reason =
    refusing.length > 0 ? 'Refused' : { true: 'Programmed', false: 'Pending', noSubscribers: 'NoSubscribers' }[status];
  const parts = [
    status === 'noSubscribers' ? 'no proxy that is connected needs it' : `${acked} of ${of} proxies have it`,
    ...refusing.slice(0, MAX_NAMES).map(one => `${one.proxy} refuses ${one.resource}: ${one.reason}`),
    ...(waiting.length > 0 ? [`waiting for ${listNames(waiting)}`] : []),
    ...unheard.slice(0, MAX_NAMES),
    ...(gone.length > 0 ? [`not counted, as they are gone: ${listNames(gone)}`] : []),
  ];
  return {
    type: PROGRAMMED,
    status: status === 'true' ? 'True' : 'False',
    reason,
    message: parts.join('; '),
    observedGeneration,
    lastTransitionTime: new Date(turnedMs).toISOString(),
  };
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).join(', ');
  return names.length > MAX_NAMES ? `${shown} and ${names.length - MAX_NAMES} more` : shown;
}
