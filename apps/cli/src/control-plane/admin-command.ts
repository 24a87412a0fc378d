// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from 'node:http';
import type { ApiResources } from '@weir/control-plane';
import { Option } from 'commander';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { printJson } from '../commands/check.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { Paint } from '../terminal/paint.ts';
import { printable } from '../terminal/printable.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { addApiOptions } from './api-options.ts';
import type { ApiFlags } from './api-options.ts';
import { openApi } from './control-plane-api.ts';
import { adminPathOf, findProxy } from './find-proxy.ts';
import { renderTable } from './render-table.ts';

type Proxy = ApiResources['proxy'];

interface Flags extends ApiFlags {
  readonly output: 'json' | 'text';
}

const HELP = `
Without PROXY: the proxies that are connected, and whether they can be asked (ASK). PROXY is a name of that list, or the beginning of one up
to a slash where no other one has it: the identity, mostly. PATH is one of
  status     what it does, whether it is ready, and until when its certificate is good (the default)
  snapshot   the configuration that it runs, without keys and passwords
  listeners  where it listens, and for what
  workers    what its threads report
  metrics    what it counts, in the format of Prometheus
  notes      what it has told people, the last hundred times, and whatever follows, until Ctrl-C

The question goes by way of the control plane, to which the proxy opens the way, and needs the right relay: the token of the operator. A proxy
is only looked at; nothing of it can be changed so.

Exit codes: 0 shown, 1 there is no such proxy or it cannot be asked, 2 the command line is wrong, 69 no control plane answers.

Examples:
  weir admin
  weir admin shop/cart
  weir admin shop/cart snapshot -o json
  weir admin shop/cart notes`;

/** `weir admin [PROXY] [PATH]`. */
export function addAdminCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('admin')
    .description('ask a proxy by way of the control plane: its status, its configuration, what it counts and what it says')
    .argument('[proxy]', 'NAMESPACE/SERVICE-ACCOUNT, or the whole name')
    .argument('[path]', 'what of its admin side', 'status')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'));
  addApiOptions(command, terminal)
    .addHelpText('after', HELP)
    .action(async (text: string | undefined, path: string, { output, ...place }: Flags) => {
      using api = await openApi({ ...place, role: text === undefined ? 'viewer' : 'operator' }, terminal);
      const found = await api.proxies();
      const proxies = found.map(({ proxy }) => proxy);
      if (text !== undefined) {
        const proxy = findProxy(proxies, text);
        const { client } = found.find(one => one.proxy === proxy)!;
        await print(await client.open(adminPathOf(proxy, path)), { proxy, output, terminal });
      } else if (output === 'json') printJson(terminal, proxies);
      else terminal.out.write(renderProxies(proxies, terminal.out.paint));
    });
}

/** One line a proxy. Ends with a line feed. */
function renderProxies(proxies: readonly Proxy[], paint: Paint): string {
  const rows = proxies.map(({ proxy, state, resourceCount, refusalCount, isAskable }) => [
    ...[printable(proxy), state, `${resourceCount}`, `${refusalCount}`, isAskable ? 'yes' : 'no'],
  ]);
  const [header = '', ...lines] = renderTable(['PROXY', 'STATE', 'RESOURCES', 'REFUSED', 'ASK'], rows);
  return [paint.dim(header), ...lines, ''].join('\n');
}

interface Printing {
  readonly proxy: Proxy;
  readonly output: Flags['output'];
  readonly terminal: Terminal;
}

/** Values of JSON as YAML, which reads better; all else as it comes. */
async function print(answer: IncomingMessage, { proxy, output, terminal }: Printing): Promise<void> {
  const { out } = terminal;
  // A proxy that was taken over must not write elsewhere on the screen.
  const shown = (text: string): string => (out.isTerminal ? printable(text) : text);
  const isValue = (answer.headers['content-type'] ?? '').startsWith('application/json');
  let text = '';
  try {
    for await (const part of answer.setEncoding('utf8')) {
      if (isValue) text += String(part);
      else out.write(shown(String(part)));
    }
  } catch (cause) {
    throw new CommandFailure(EXIT.refused, `${printable(proxy.proxy)} went away, or the control plane did`, { cause });
  }
  if (isValue) out.write(shown(output === 'json' ? text : stringify(JSON.parse(text), { lineWidth: 0 })));
}
