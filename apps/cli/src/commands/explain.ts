// SPDX-License-Identifier: Apache-2.0
import { HeaderList } from '@weir/base';
import { explain, renderExplanation } from '@weir/explain';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { collectHeader, parseAddress, parseCaller } from '../flags/parse-flags.ts';
import { parseQuestion } from '../flags/parse-question.ts';
import type { Question } from '../flags/parse-question.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printJson } from './check.ts';
import { withPortsOfGateway } from './ports-of-gateway.ts';
import { readClusterSnapshot } from './read-cluster-snapshot.ts';
import { readSnapshot } from './read-snapshot.ts';
import type { ReadSnapshot } from './read-snapshot.ts';
import { warnOfProblems } from './warn-of-problems.ts';

interface ExplainFlags {
  readonly output: 'json' | 'text';
  readonly header?: readonly (readonly [string, string])[];
  readonly from?: ReturnType<typeof parseCaller>;
  readonly bind: string;
  readonly cluster: boolean;
  readonly gateway?: string;
}

const HELP = `
Uses the gateway's own match tables, so what it says is what the gateway would do with these documents.

Exit codes: 0 explained, 1 the documents have errors (what is good of them is still explained), 2 the command line is wrong.

Example:
  weir explain ./config GET http://shop.example:8080/cart -H 'x-canary: yes' --from 192.0.2.7
  weir explain ./config GET http://orders.shop/cart --from shop/cart     (in the mesh: what both sidecars do)
  weir explain ./config tcp://127.0.0.1:5432
  weir explain ./config tls://db.example:5433
  weir explain ./config udp://127.0.0.1:53
  weir explain --cluster GET http://shop.example/cart --gateway shop/edge`;

const WORDS =
  'write a directory (or --cluster), and METHOD URL, or the URL of a connection: weir explain ./config GET http://shop.example:8080/cart';

/** `weir explain DIR METHOD URL`, or of a connection `weir explain DIR URL`. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .description('say what would become of a request or connection: listener, route, rule, filters, backends, and why not others')
    .usage(
      '[options] <directory> <method> <url>\n       weir explain [options] <directory> <url of a connection>\n       weir explain [options] --cluster <method> <url>',
    )
    .argument(
      '<words...>',
      'directory of YAML and JSON documents, left out with --cluster; method, left out for connections; absolute URL',
    )
    .option('--cluster', 'of the objects of the Kubernetes cluster that KUBECONFIG or ~/.kube/config leads to', false)
    .option('--gateway <name>', 'with --cluster: at which Gateway, NAMESPACE/NAME, where several have the port')
    .option('-H, --header <header>', "a request header, 'name: value'; may be given several times", collectHeader)
    .option(
      '--from <caller>',
      'IP address of the client, which access policies look at, loopback when left out; or the workload of the mesh that calls, NAMESPACE/SERVICE-ACCOUNT',
      parseCaller,
    )
    .option('--bind <address>', 'IP address that Gateways listen on which name none', parseAddress, '127.0.0.1')
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (words: readonly string[], flags: ExplainFlags) => {
      const { output, header = [], from } = flags;
      const [directory, ...question] = flags.cluster ? [undefined, ...words] : words;
      const { method, url } = questionFrom(question);
      if (method === '' && header.length > 0) throw new CommandFailure(EXIT.usage, 'a connection has no headers: leave out -H');
      const { snapshot, problems } = await readFor(directory, url, flags);
      const explanation = explain(snapshot, { method, url, headers: HeaderList.of(...header), ...from });
      if (output === 'json') printJson(terminal, explanation);
      else terminal.out.write(`${renderExplanation(explanation, terminal.out)}\n`);
      process.exitCode = warnOfProblems(problems, terminal) ? EXIT.problems : EXIT.ok;
    });
}

/** Throws CommandFailure where these are too few words or too many. */
function questionFrom([first, second, ...more]: readonly (string | undefined)[]): Question {
  if (first === undefined || more.length > 0) throw new CommandFailure(EXIT.usage, WORDS);
  return parseQuestion(first, second);
}

/** Of a cluster, whose Gateways have addresses of their own, with the ports of the one that is meant. */
async function readFor(
  directory: string | undefined,
  url: string,
  { bind, from, gateway }: ExplainFlags,
): Promise<Pick<ReadSnapshot, 'problems' | 'snapshot'>> {
  if (directory !== undefined) return readSnapshot(directory, bind);
  const { snapshot, problems } = await readClusterSnapshot();
  const isInMesh = from?.caller !== undefined;
  return { problems, snapshot: isInMesh ? snapshot : withPortsOfGateway(snapshot, { gateway, url }) };
}
