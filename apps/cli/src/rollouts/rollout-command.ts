// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { printJson } from '../commands/check.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findRollout } from './find-rollout.ts';
import { addRolloutPlace, openRolloutApi } from './open-rollout-api.ts';
import type { RolloutPlace } from './open-rollout-api.ts';
import { parseRollout } from './parse-rollout.ts';
import { printableView } from './printable-view.ts';
import { renderRollout } from './render-rollout.ts';
import { renderRollouts } from './render-rollouts.ts';
import { addVerbCommands } from './verb-commands.ts';
import { addWatchCommand } from './watch-command.ts';

interface Flags extends RolloutPlace {
  readonly output: 'json' | 'text';
}

const HELP = `
The control plane is found as by weir status: by its state directory, by WEIR_API and WEIR_API_TOKEN_FILE, or with --cluster. Where none of
these is given and no control plane answers, a weir up of this user that runs is asked, and said so; --up SOCKET names one.

Exit codes: 0 done, 1 there is no such Rollout, or it was refused, 2 the command line is wrong, or does not say which of several weir up,
69 neither a control plane nor a weir up answers; of watch also 3 the new revision was taken out.

Examples:
  weir rollout list
  weir rollout watch shop/checkout
  weir rollout promote shop/checkout --full`;

const LIST_HELP = `
STEP: which one is being taken. WEIGHT: what the new revision gets of the requests. PROXIES: of those that need what is in force, how many
have it.

Exit codes: 0 shown, 2 the command line is wrong, 69 nobody answers.

Example:
  weir rollout list -o json`;

const GET_HELP = `
Exit codes: 0 shown, 1 there is no such Rollout, 2 the command line is wrong, 69 nobody answers.

Example:
  weir rollout get shop/checkout`;

/** `weir rollout`. */
export function addRolloutCommand(program: Command, terminal: Terminal): void {
  const rollout = program.command('rollout').description('see and steer how new revisions come to their requests');
  rollout.addHelpText('after', HELP);
  addList(rollout, terminal);
  addGet(rollout, terminal);
  addWatchCommand(rollout, terminal);
  addVerbCommands(rollout, terminal);
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text');
}

function addList(rollout: Command, terminal: Terminal): void {
  const command = rollout.command('list').description('show how far each rollout has come').addOption(outputOption());
  addRolloutPlace(command, terminal)
    .addHelpText('after', LIST_HELP)
    .action(async ({ output, ...place }: Flags) => {
      using api = await openRolloutApi(place, terminal);
      const views = await api.rollouts();
      const { out } = terminal;
      if (output === 'json') printJson(terminal, views);
      else if (views.length === 0) terminal.err.write(`${terminal.err.paint.dim('there is no Rollout among the documents')}\n`);
      else out.write(renderRollouts(views.map(printableView), { columns: out.size().columns, paint: out.paint }));
    });
}

function addGet(rollout: Command, terminal: Terminal): void {
  const command = rollout
    .command('get')
    .description('show all of a rollout')
    .argument('<rollout>', 'NAMESPACE/NAME')
    .addOption(outputOption());
  addRolloutPlace(command, terminal)
    .addHelpText('after', GET_HELP)
    .action(async (text: string, { output, ...place }: Flags) => {
      const named = parseRollout(text);
      using api = await openRolloutApi(place, terminal, { rollout: named.text });
      const view = await findRollout(api, named);
      const { out } = terminal;
      if (output === 'json') {
        printJson(terminal, view);
        return;
      }
      const shown = { columns: out.size().columns, rows: Number.POSITIVE_INFINITY, atMs: Date.now(), paint: out.paint };
      out.write(`${renderRollout(printableView(view), { ...shown, isWhole: true }).join('\n')}\n`);
    });
}
