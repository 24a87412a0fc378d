// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { wrap } from './fit-text.ts';
import { isResting } from './progress-text.ts';
import { GUTTER, labelled, momentText } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

type State = NonNullable<RolloutView['state']>;

/** What happened to it, and who did it. */
export function historyLines(state: State, screen: RolloutScreen): readonly string[] {
  const said = (label: string, words: string | undefined): readonly string[] =>
    words === undefined ? [] : labelled(label, wrap(words, screen.columns - GUTTER), screen.paint);
  const last = said('last', completedWords(state));
  if (!screen.isWhole) return isResting(state) ? last : [];
  return [
    ...said('paused', pausedWords(state)),
    ...said('aborted', abortedWords(state)),
    ...said('gates', gateWords(state)),
    ...said('asked', requestWords(state)),
    ...last,
    ...labelled('is', conditionLines(state), screen.paint),
  ];
}

function completedWords({ completed }: State): string | undefined {
  return completed && `${completed.former} → ${completed.revision}, ended ${momentText(completed.atMs)}`;
}

function pausedWords({ paused }: State): string | undefined {
  return paused && `by ${paused.by} since ${momentText(paused.atMs)}`;
}

function abortedWords({ aborted }: State): string | undefined {
  return aborted && `${aborted.revision} by ${aborted.by} at ${momentText(aborted.atMs)}: ${aborted.reason}`;
}

function gateWords({ gates }: State): string | undefined {
  return gates === undefined || gates.waiting.length === 0 ? undefined : `asks ${gates.waiting.join(', ')}`;
}

function requestWords({ lastRequest }: State): string | undefined {
  if (lastRequest === undefined) return undefined;
  const { verb, by, atMs, isAccepted, answer } = lastRequest;
  return `${verb} by ${by} at ${momentText(atMs)}${isAccepted ? '' : ', refused'}: ${answer}`;
}

function conditionLines({ conditions }: State): readonly string[] {
  return conditions.map(({ type, status, reason, sinceMs }) => `${type} ${status} (${reason}) since ${momentText(sinceMs)}`);
}
