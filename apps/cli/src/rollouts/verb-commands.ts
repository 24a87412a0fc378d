// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { askOfRollout } from './find-rollout.ts';
import { addRolloutPlace, openRolloutApi } from './open-rollout-api.ts';
import type { RolloutPlace } from './open-rollout-api.ts';
import { parseRollout } from './parse-rollout.ts';

interface Flags extends RolloutPlace {
  readonly full?: boolean;
}

const VERBS: Readonly<Record<string, string>> = {
  promote: 'end what a rollout waits for',
  pause: 'have a rollout not go on by itself',
  resume: 'end a pause',
  abort: 'take the new revision out',
  retry: 'begin an aborted rollout anew',
  undo: 'go back to the former revision while it is kept: the same as abort',
};

const HELP = `
Prints what follows. What may be asked for in which phase is in docs/rollouts.md.

Exit codes: 0 it follows, 1 it was refused, or there is no such Rollout, 2 the command line is wrong, 69 nobody answers.`;

/** `weir rollout promote|pause|resume|abort|retry|undo ROLLOUT`. */
export function addVerbCommands(rollout: Command, terminal: Terminal): void {
  for (const [verb, description] of Object.entries(VERBS)) {
    const command = rollout.command(verb).description(description).argument('<rollout>', 'NAMESPACE/NAME');
    if (verb === 'promote') command.option('--full', 'to all requests, past the steps that are left');
    addRolloutPlace(command, terminal)
      .addHelpText('after', `${HELP}\n\nExample:\n  weir rollout ${verb} shop/checkout`)
      .action(async (text: string, { full: isFull = false, ...place }: Flags) => {
        const named = parseRollout(text);
        using api = await openRolloutApi(place, terminal, { role: 'operator', rollout: named.text });
        terminal.out.write(`${printable(await askOfRollout(api, named, { verb, isFull }))}\n`);
      });
  }
}
