// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Child } from '../process/child.ts';
import { findFreePorts } from '../process/free-ports.ts';
import { createTempDirectory } from '../process/temp-directory.ts';
import type { TempDirectory } from '../process/temp-directory.ts';
import { waitFor } from '../wait-for.ts';
import { movePorts } from './move-ports.ts';
import { parseExamples } from './parse-examples.ts';
import type { Example } from './parse-examples.ts';
import { renderProcess, renderSession } from './session-script.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const MAIN = join(ROOT, 'apps/cli/src/main.ts');
/** What Node made of the sources is kept from one start to the next: that is half of what a start takes. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node') };
const PROGRAMS = { node: process.execPath, main: MAIN };
/** What a gateway, a Redis server and the programs of the examples say when they serve. */
const IS_READY = /Ready to accept connections|●|^the .+ listens on /mv;
const START_TIMEOUT_MS = 30_000;

/** A directory of examples: a folder each, with `config` and a README. */
export interface ExampleSuite {
  /** Path of the directory, below `examples`. */
  readonly directory: string;
  /** Ports that READMEs and documents name, of which `metrics` is where the gateway serves metrics. */
  readonly ports: Readonly<Record<string, number>> & { readonly metrics: number };
  /** What every example needs, as a README would say it. */
  readonly processes?: readonly string[];
  /** Flags that the gateway of a folder has. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** An example that runs: the gateway on its documents, and all that its README has run besides. */
export class ExampleScene implements AsyncDisposable {
  readonly gateway: Child;
  /** A copy of what the README names, with free ports, at the same path below this directory. */
  private readonly root: TempDirectory;
  private readonly ports: ReadonlyMap<number, number>;
  private readonly others: readonly Child[];

  private constructor(root: TempDirectory, ports: ReadonlyMap<number, number>, commands: Commands) {
    this.root = root;
    this.ports = ports;
    this.gateway = this.start(commands.gateway);
    this.others = commands.others.map(command => this.start(command));
  }

  /** Copies a folder of the suite and starts all of it; resolves when it serves. */
  static async open(suite: ExampleSuite, folder: string): Promise<ExampleScene> {
    const written = Object.values(suite.ports);
    const free = await findFreePorts(written.length);
    const ports = new Map(written.map((port, index) => [port, free[index] ?? 0]));
    const root = await copyOf(suite, folder, ports);
    const scene = new ExampleScene(root, ports, commandsOf(suite, folder));
    try {
      await waitUntilReady([...scene.others, scene.gateway]);
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs commands in one shell as in the root of the repository, and gives what they printed with the ports of the README. */
  async run(examples: readonly Example[]): Promise<string> {
    // Without a terminal curl shows its progress.
    await this.root.write('.curlrc', 'silent\nshow-error\n');
    await using bash = new Child(['bash', '-c', `exec 2>&1\n${movePorts(renderSession(examples, PROGRAMS), this.ports)}`], {
      cwd: this.root.path,
      // What commands make with mktemp goes with the copy.
      env: { ...COMPILED, CURL_HOME: this.root.path, NO_COLOR: '1', TMPDIR: this.root.path },
    });
    await bash.exited;
    return movePorts(bash.stdout, new Map([...this.ports].map(([written, free]) => [free, written])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack();
    stack.use(this.root);
    stack.use(this.gateway);
    for (const other of this.others) stack.use(other);
    // Node keeps what it compiled when it ends by itself.
    if (this.gateway.isRunning) await this.gateway.stop();
  }

  private start(command: string): Child {
    const env = { ...COMPILED, XDG_RUNTIME_DIR: this.root.path };
    const script = movePorts(renderProcess(command, PROGRAMS), this.ports);
    return new Child(['bash', '-c', script], { cwd: this.root.path, env });
  }
}

async function waitUntilReady(children: readonly Child[]): Promise<void> {
  for (const child of children) {
    await waitFor(() => !child.isRunning || IS_READY.test(child.stdout + child.stderr), {
      what: () => `a process\n${child.output}`,
      timeoutMs: START_TIMEOUT_MS,
    });
    if (!child.isRunning) throw new Error(`a process ended before it was ready\n${child.output}`);
  }
}

interface Commands {
  readonly gateway: string;
  readonly others: readonly string[];
}

/** The flags of the gateway let a test wait for it, and end it soon. */
function commandsOf({ directory, ports, processes = [], flags = {} }: ExampleSuite, folder: string): Commands {
  const readme = readFileSync(join(directory, folder, 'README.md'), 'utf8');
  const up = `npx weir up examples/${basename(directory)}/${folder}/config ${flags[folder] ?? ''}`;
  const brief = '--workers 2 --access-log json --drain-delay 0s --drain-deadline 1s';
  return {
    gateway: `${up} ${brief} --metrics-address 127.0.0.1:${ports.metrics}`,
    others: [...processes, ...parseExamples(readme).processes],
  };
}

async function copyOf({ directory }: ExampleSuite, folder: string, ports: ReadonlyMap<number, number>): Promise<TempDirectory> {
  const root = await createTempDirectory();
  const home = join(root.path, 'examples', basename(directory));
  await cp(join(directory, folder), join(home, folder), { recursive: true });
  // Node takes a link for what it points to, and so finds the packages that a program imports.
  for (const name of globSync('*.ts', { cwd: directory })) await symlink(join(directory, name), join(home, name));
  for (const name of globSync('**/*.yaml', { cwd: root.path })) {
    const path = join(root.path, name);
    await writeFile(path, movePorts(await readFile(path, 'utf8'), ports));
  }
  return root;
}
