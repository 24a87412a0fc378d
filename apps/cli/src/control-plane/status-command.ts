// SPDX-License-Identifier: Apache-2.0
import type { ApiResources } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { printJson } from '../commands/check.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findApi } from './api-access.ts';
import { ApiClient } from './api-client.ts';
import { parseObject } from './parse-object.ts';
import { renderObjects, renderSummary } from './render-status.ts';
import { stateOption } from './state-directory.ts';

interface Flags {
  readonly output: 'json' | 'text';
  readonly all: boolean;
  readonly state: string;
}

const HELP = `
HAVE: of the proxies that are connected and need it, how many have what it came to. PROGRAMMED: whether every proxy that needed it when
it came has it; this stays True for what the object says now. SINCE: when what it came to was last another.

The control plane of this machine is found by its state directory; another one by WEIR_API (its address) and WEIR_API_TOKEN_FILE.

Exit codes: 0 shown, 1 there is no such object, 2 the command line is wrong, 69 no control plane answers.

Examples:
  weir status
  weir status HTTPRoute/shop/cart -o json`;

/** `weir status [OBJECT]`. */
export function addStatusCommand(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description('show how many proxies have each object, and who refuses it and why')
    .argument('[object]', 'KIND/NAMESPACE/NAME')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .option('--all', 'also objects that no proxy needs', false)
    .addOption(stateOption(terminal, 'state directory of the control plane'))
    .addHelpText('after', HELP)
    .action(async (text: string | undefined, { output, all, state }: Flags) => {
      const named = text === undefined ? undefined : parseObject(text);
      const client = new ApiClient(await findApi(state, terminal));
      const { out } = terminal;
      if (named !== undefined) {
        const object = await client.ask<ApiResources['object']>(named);
        if (output === 'json') printJson(terminal, object);
        else out.write(renderObjects([object], out.paint));
        return;
      }
      const objects = await client.ask<readonly ApiResources['object'][]>({ path: '/objects' });
      const shown = all ? objects : objects.filter(({ programmed, proxies }) => programmed !== undefined || proxies.needing > 0);
      if (output === 'json') printJson(terminal, shown);
      else {
        const summary = await client.ask<ApiResources['summary']>({ path: '/summary' });
        out.write(`${renderSummary(summary, out.paint)}\n${renderObjects(shown, out.paint)}`);
      }
    });
}
