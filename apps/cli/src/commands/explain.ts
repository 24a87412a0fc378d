// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { explain, renderExplanation } from '@weir/explain';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { collectHeader, parseAddress, parseCaller } from '../flags/parse-flags.ts';
import { parseQuestion } from '../flags/parse-question.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printJson } from './check.ts';
import { readSnapshot } from './read-snapshot.ts';
import { warnOfProblems } from './warn-of-problems.ts';

interface ExplainFlags {
  readonly output: 'json' | 'text';
  readonly header?: readonly (readonly [string, string])[];
  readonly from?: ReturnType<typeof parseCaller>;
  readonly bind: string;
}

const HELP = `
Uses the gateway's own match tables, so what it says is what the gateway would do with these documents.

Exit codes: 0 explained, 1 the documents have errors (what is good of them is still explained), 2 the command line is wrong.

Example:
  weir explain ./config GET http://shop.example:8080/cart -H 'x-canary: yes' --from 192.0.2.7
  weir explain ./config GET http://orders.shop/cart --from shop/cart     (in the mesh: what both sidecars do)
  weir explain ./config tcp://127.0.0.1:5432
  weir explain ./config tls://db.example:5433
  weir explain ./config udp://127.0.0.1:53`;

/** `weir explain DIR METHOD URL`, or of a connection `weir explain DIR URL`. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .description('say what would become of a request or connection: listener, route, rule, filters, backends, and why not others')
    .usage('[options] <directory> <method> <url>\n       weir explain [options] <directory> <url of a connection>')
    .argument('<directory>', 'YAML and JSON documents, subdirectories included')
    .argument('<method>', 'such as GET; left out for connections')
    .argument('[url]', 'absolute, with the port of the listener; of a connection tcp://, tls:// or udp://HOST:PORT')
    .option('-H, --header <header>', "a request header, 'name: value'; may be given several times", collectHeader)
    .option(
      '--from <caller>',
      'IP address of the client, which access policies look at, loopback when left out; or the workload of the mesh that calls, NAMESPACE/SERVICE-ACCOUNT',
      parseCaller,
    )
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (...args: [directory: string, first: string, second: string | undefined, flags: ExplainFlags]) => {
      const [directory, first, second, { output, header = [], from, bind }] = args;
      const { method, url } = parseQuestion(first, second);
      if (method === '' && header.length > 0) throw new CommandFailure(EXIT.usage, 'a connection has no headers: leave out -H');
      const { snapshot, problems } = await readSnapshot(directory, bind);
      const explanation = explain(snapshot, { method, url, headers: HeaderList.of(...header), ...from });
      if (output === 'json') printJson(terminal, explanation);
      else terminal.out.write(`${renderExplanation(explanation, terminal.out)}\n`);
      process.exitCode = warnOfProblems(problems, terminal) ? EXIT.problems : EXIT.ok;
    });
}
