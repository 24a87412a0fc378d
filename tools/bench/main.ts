// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend } from './load/backend.ts';
import { readMachineFacts } from './measure/machine.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { makeTlsFiles } from './peers/tls-files.ts';
import { describeWeir } from './peers/weir.ts';
import { LOAD_CORE } from './processes/child.ts';
import { findCommand } from './processes/find-command.ts';
import { renderMachine, renderScenario } from './report/table.ts';
import type { BenchContext, ScenarioResult } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

/** Without these nothing can be measured. */
const NEEDED_COMMANDS = ['taskset', 'wrk', 'nginx', 'openssl'];

async function runBench(options: BenchOptions): Promise<void> {
  const scenarios = SCENARIOS.filter(({ name }) => options.scenarios.length === 0 || options.scenarios.includes(name));
  const needed = new Set([...NEEDED_COMMANDS, ...scenarios.flatMap(({ needs = [] }) => needs)]);
  const missing = [...needed].filter(command => findCommand(command) === undefined);
  if (missing.length > 0) throw new Error(`not on PATH: ${missing.join(', ')}; install them and run again`);
  if (cpus().length < 2) throw new Error('this machine has one core; the proxy and its load need one each');
  // What this process does itself, and whatever it starts without saying where, keeps off the proxy's core.
  execFileSync('taskset', ['-a', '-c', '-p', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });

  await using cleanup = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  // nginx's workers give up root's rights and still have to reach their files.
  chmodSync(directory, 0o711);
  cleanup.defer(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const machine = readMachineFacts();
  const backend = cleanup.use(await startBackend(directory));
  const context: BenchContext = {
    options,
    backend,
    tls: makeTlsFiles(directory),
    makeFolder: name => makeFolder(join(directory, name.replaceAll(' ', '-'))),
    say: text => process.stderr.write(`${text}\n`),
  };
  process.stdout.write(`${renderMachine(machine)}\n${describeWeir()}\n`);
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const result = await scenario.run(context);
    results.push(result);
    process.stdout.write(`${renderScenario(result)}\n`);
  }
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, options, results }, null, 2)}\n`);
  }
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

try {
  const options = parseBenchOptions(
    process.argv.slice(2),
    SCENARIOS.map(({ name }) => name),
  );
  if (options === 'help') process.stdout.write(`${USAGE}\n`);
  else await runBench(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
