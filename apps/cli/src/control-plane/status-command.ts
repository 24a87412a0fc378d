// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { printJson } from '../commands/check.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addApiOptions } from './api-options.ts';
import type { ApiFlags } from './api-options.ts';
import { openApi } from './control-plane-api.ts';
import { parseObject } from './parse-object.ts';
import { renderObjects, renderSummary } from './render-status.ts';

interface Flags extends ApiFlags {
  readonly output: 'json' | 'text';
  readonly all: boolean;
}

const HELP = `
HAVE: of the proxies that are connected and need it, how many have what it came to. PROGRAMMED: whether every proxy that needed it when
it came has it; this stays True for what the object says now. SINCE: when what it came to was last another.

The control plane of this machine is found by its state directory; another one by WEIR_API (its address) and WEIR_API_TOKEN_FILE.
With --cluster all of its replicas are asked, over forwarded ports, with your own rights in the cluster.

Exit codes: 0 shown, 1 there is no such object, 2 the command line is wrong, 69 no control plane answers.

Examples:
  weir status
  weir status HTTPRoute/shop/cart -o json
  weir status --cluster`;

/** `weir status [OBJECT]`. */
export function addStatusCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('status')
    .description('show how many proxies have each object, and who refuses it and why')
    .argument('[object]', 'KIND/NAMESPACE/NAME')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .option('--all', 'also objects that no proxy needs', false);
  addApiOptions(command, terminal)
    .addHelpText('after', HELP)
    .action(async (text: string | undefined, { output, all, ...place }: Flags) => {
      const named = text === undefined ? undefined : parseObject(text);
      using api = await openApi(place, terminal);
      const { out } = terminal;
      if (named !== undefined) {
        const object = await api.findObject(named);
        if (object === undefined) throw new CommandFailure(EXIT.refused, `there is no ${named.text} among the documents`);
        if (output === 'json') printJson(terminal, object);
        else out.write(renderObjects([object], out.paint));
        return;
      }
      const objects = await api.objects();
      const shown = all ? objects : objects.filter(({ programmed, proxies }) => programmed !== undefined || proxies.needing > 0);
      if (output === 'json') printJson(terminal, shown);
      else {
        out.write(`${renderSummary(await api.summary(), out.paint)}\n${renderObjects(shown, out.paint)}`);
      }
    });
}
