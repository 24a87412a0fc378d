// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';
import type { RolloutView } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { ApiRefusal } from '../control-plane/api-client.ts';
import type { ControlPlaneApi } from '../control-plane/control-plane-api.ts';
import type { NamedObject } from '../control-plane/parse-object.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { parseWait } from '../flags/parse-flags.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { ChangeLog } from './render-change.ts';
import { findRollout } from './find-rollout.ts';
import { LiveScreen } from './live-screen.ts';
import { addRolloutPlace, openRolloutApi } from './open-rollout-api.ts';
import type { RolloutPlace } from './open-rollout-api.ts';
import { parseRollout } from './parse-rollout.ts';
import { printableView } from './printable-view.ts';
import { messageOf } from './progress-text.ts';
import { MIN_COLUMNS, renderRollout } from './render-rollout.ts';
import { RestWatch } from './rest-watch.ts';
import { timeText } from './rollout-screen.ts';

interface Flags extends RolloutPlace {
  readonly timeout?: number;
}

const LOOK_MS = 1000;

const HELP = `
On a terminal the view is drawn anew each second; elsewhere there is a line for each change. It ends when the rollout has: one that has not
begun yet is waited for. Who does not answer for a while is waited for, too.

Exit codes: 0 the new revision is stable, 1 there is no such Rollout, or it has not ended within --timeout, 2 the command line is wrong,
3 the new revision was taken out, 69 nobody answers at the beginning, 130 Ctrl-C.

Example:
  weir rollout watch shop/checkout --timeout 30m`;

/** `weir rollout watch ROLLOUT`. */
export function addWatchCommand(rollout: Command, terminal: Terminal): void {
  const command = rollout
    .command('watch')
    .description('watch a rollout until it has ended')
    .argument('<rollout>', 'NAMESPACE/NAME')
    .addOption(new Option('--timeout <duration>', 'how long at most').argParser(parseWait));
  addRolloutPlace(command, terminal)
    .addHelpText('after', HELP)
    .action(async (text: string, { timeout = Number.POSITIVE_INFINITY, ...place }: Flags) => {
      const named = parseRollout(text);
      using looks = new Looks(named, isAgain => openRolloutApi(place, terminal, { rollout: named.text, isQuiet: isAgain }));
      const show = showOn(terminal);
      const rest = new RestWatch();
      const deadlineMs = performance.now() + timeout;
      for (;;) {
        const { view, trouble } = await looks.look();
        show(view, trouble);
        const came = trouble === undefined ? rest.look(view.state) : undefined;
        if (came === 'aborted') throw new CommandFailure(EXIT.aborted, abortedWords(named, view));
        if (came === 'promoted') return;
        if (performance.now() >= deadlineMs) throw new CommandFailure(EXIT.refused, unendedWords(named, view));
        await sleep(Math.min(LOOK_MS, deadlineMs - performance.now()));
      }
    });
}

interface Seen {
  readonly view: RolloutView;
  /** Why it is of the past. */
  readonly trouble?: string;
}

/** Looks at one Rollout; once it was seen, a control plane that does not answer is asked anew. */
class Looks implements Disposable {
  private readonly named: NamedObject;
  private readonly open: (isAgain: boolean) => Promise<ControlPlaneApi>;
  private api: ControlPlaneApi | undefined;
  private last: RolloutView | undefined;
  private lastAtMs = 0;

  constructor(named: NamedObject, open: (isAgain: boolean) => Promise<ControlPlaneApi>) {
    this.named = named;
    this.open = open;
  }

  /** Throws CommandFailure where there is nothing to show. */
  async look(): Promise<Seen> {
    try {
      this.api ??= await this.open(this.last !== undefined);
      this.last = printableView(await findRollout(this.api, this.named));
      this.lastAtMs = Date.now();
      return { view: this.last };
    } catch (cause) {
      if (!(cause instanceof CommandFailure) || !isAway(cause) || this.last === undefined) throw cause;
      this[Symbol.dispose]();
      return { view: this.last, trouble: `As of ${timeText(this.lastAtMs)}; asked again: ${cause.message}` };
    }
  }

  [Symbol.dispose](): void {
    this.api?.[Symbol.dispose]();
    this.api = undefined;
  }
}

/** Nobody answers, or who does cannot say for now, as while another replica comes to lead. */
function isAway(cause: CommandFailure): boolean {
  return cause.exitCode === EXIT.unavailable || (cause instanceof ApiRefusal && cause.status === 503);
}

/** In place on a terminal that can do that and is wide enough, else line by line. */
function showOn({ out, environment: { TERM } }: Terminal): (view: RolloutView, trouble: string | undefined) => void {
  if (!out.isTerminal || TERM === 'dumb' || out.size().columns < MIN_COLUMNS) {
    const log = new ChangeLog();
    return (view, trouble) => {
      for (const line of log.linesFor(view, { atMs: Date.now(), trouble })) out.write(`${line}\n`);
    };
  }
  const screen = new LiveScreen(out);
  return (view, trouble) => {
    const { columns, rows } = out.size();
    // The cursor has the last row.
    const shown = { columns, rows: rows - 1, atMs: Date.now(), paint: out.paint, isWhole: false, trouble };
    screen.draw(renderRollout(view, shown));
  };
}

function abortedWords({ text }: NamedObject, { state }: RolloutView): string {
  const { aborted } = state ?? {};
  if (state?.phase !== 'Aborted' || aborted === undefined) return `${text}: the new revision was given up; ${messageOf(state)}`;
  return `${text}: ${aborted.revision} was taken out by ${aborted.by}: ${aborted.reason}`;
}

function unendedWords({ text }: NamedObject, { state }: RolloutView): string {
  return `${text} has not ended within --timeout: it is ${state?.phase ?? 'not looked at yet'}. ${messageOf(state)}`;
}
