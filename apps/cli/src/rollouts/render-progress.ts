// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { formatShare } from '@weir/rollouts';
import { shorten, wrap } from './fit-text.ts';
import { candidateShareOf, isResting, mirrorShareOf } from './progress-text.ts';
import { barLine, GUTTER, labelled } from './rollout-screen.ts';
import type { RolloutScreen } from './rollout-screen.ts';

type State = NonNullable<RolloutView['state']>;
type Proxies = NonNullable<State['proxies']>;

/** More late proxies than this are counted, unless everything is shown. */
const MAX_LATE = 3;

/** What the new revision gets; nothing where there is none. */
export function weightLines(state: State, screen: RolloutScreen): readonly string[] {
  const share = candidateShareOf(state);
  if (share === undefined) return [];
  const mirrored = mirrorShareOf(state);
  const matches = state.split?.matches ?? [];
  const lines = [
    barLine({ share, words: `${formatShare(share)} to ${state.candidate ?? ''}`, tone: 'link' }, screen),
    ...(mirrored > 0 ? [`and copies of ${formatShare(mirrored)} of the requests`] : []),
    ...(matches.length > 0 ? ['and the requests that fit a match'] : []),
  ];
  return labelled('weight', lines, screen.paint);
}

/** How many proxies have what is in force, and who is late. */
export function proxyLines(state: State, screen: RolloutScreen): readonly string[] {
  const { proxies } = state;
  const { paint } = screen;
  if (proxies === undefined) return isResting(state) ? [] : labelled('proxies', ['not known yet'], paint);
  const { acked, of } = proxies;
  const words = of === 0 ? 'nobody needs it' : `${acked}/${of} have it`;
  const tone = proxies.late.length > 0 ? 'warning' : 'good';
  const line = barLine({ share: of === 0 ? 1 : acked / of, words, tone }, screen);
  return labelled('proxies', [line, ...lateLines(proxies, screen)], paint);
}

function lateLines({ late, more }: Proxies, { columns, paint, isBrief, isWhole }: RolloutScreen): readonly string[] {
  if (late.length === 0) return [];
  const shown = isWhole ? late : late.slice(0, MAX_LATE);
  const rest = late.length - shown.length + more;
  const words = `late: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const room = columns - GUTTER;
  return (isBrief ? [shorten(words, room)] : wrap(words, room)).map(line => paint.warning(line));
}
