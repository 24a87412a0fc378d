// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander';
import type { Command } from 'commander';
import { namespaceOption } from '../control-plane/api-options.ts';
import { EXIT } from '../exit-code.ts';
import { countProblems, inOrder, plural, renderProblems } from '../terminal/render-problem.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findingsOfCluster } from './findings-of-cluster.ts';
import { assertOnePlace } from './one-place.ts';
import { readSnapshot } from './read-snapshot.ts';

interface CheckFlags {
  readonly output: 'json' | 'text';
  readonly cluster: boolean;
  /** Of the control plane in the cluster. */
  readonly namespace: string;
}

const HELP = `
Reports every problem at once, each as file:line:column. Warnings do not change the exit code.

With --cluster: before an installation whether the cluster is fit for it (version, Gateway API, rights, levels of Pod Security), and afterwards
whether Weir works there (replicas, leader, clocks, webhooks, certificates, Gateways, sidecars). Nothing is changed: a pod is only tried.

Exit codes: 0 no errors, 1 the documents, or the cluster, have errors, 2 the command line is wrong, 69 the cluster is not reached.

Example:
  weir check ./config -o json
  weir check --cluster`;

/** `weir check DIR`. */
export function addCheckCommand(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('check a directory of documents without starting anything, or a cluster')
    .argument('[directory]', 'YAML and JSON documents, subdirectories included')
    .option('--cluster', 'check the Kubernetes cluster that KUBECONFIG or ~/.kube/config leads to', false)
    .addOption(namespaceOption())
    .addOption(new Option('-o, --output <format>', 'form of the result').choices(['text', 'json']).default('text'))
    .addHelpText('after', HELP)
    .action(async (directory: string | undefined, { cluster, namespace, output }: CheckFlags) => {
      assertOnePlace(directory, cluster);
      const isFree =
        directory === undefined ? await checkIn(namespace, output, terminal) : await checkFiles(directory, output, terminal);
      process.exitCode = isFree ? EXIT.ok : EXIT.problems;
    });
}

/** Whether a cluster is free of errors. */
async function checkIn(namespace: string, output: CheckFlags['output'], terminal: Terminal): Promise<boolean> {
  const { findings: checks, text } = await findingsOfCluster(namespace, terminal);
  const isHealthy = checks.every(({ state }) => state !== 'error');
  if (output === 'json') printJson(terminal, { isHealthy, checks });
  else terminal.out.write(text);
  return isHealthy;
}

/** Whether documents are free of errors. */
async function checkFiles(directory: string, output: CheckFlags['output'], terminal: Terminal): Promise<boolean> {
  const { problems, objectCount, ignoredCount } = await readSnapshot(directory, '127.0.0.1');
  const isValid = problems.every(({ severity }) => severity !== 'error');
  if (output === 'json') printJson(terminal, { isValid, objectCount, ignoredCount, problems: inOrder(problems) });
  else {
    const { out } = terminal;
    out.write(renderProblems(problems, out.paint));
    const ignored = ignoredCount === 0 ? '' : `${ignoredCount} of other groups ignored, `;
    const summary = `${plural(objectCount, 'object')} read, ${ignored}${countProblems(problems)}`;
    out.write(`${isValid ? out.paint.good(summary) : out.paint.bad(summary)}\n`);
  }
  return isValid;
}

/** For programs. */
export function printJson({ out }: Terminal, value: unknown): void {
  out.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
