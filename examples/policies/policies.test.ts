// SPDX-License-Identifier: Apache-2.0
import { Child, createTempDirectory, findFreePorts, hasRedis, request, waitFor } from '@weir/testing';
import type { TempDirectory } from '@weir/testing';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { matchesOutput } from './runner/matches-output.ts';
import { movePorts, WRITTEN_PORTS } from './runner/move-ports.ts';
import { parseExamples } from './runner/parse-examples.ts';
import { outputsOf, renderProcess, renderSession } from './runner/session-script.ts';

const HERE = import.meta.dirname;
const MAIN = join(HERE, '../../apps/cli/src/main.ts');
/** What Node made of the sources is kept from one start to the next: that is half of what a start takes. */
const COMPILED = { NODE_COMPILE_CACHE: join(HERE, '../../node_modules/.cache/node') };
const PROGRAMS = { node: process.execPath, main: MAIN };
/** What a gateway, a Redis server and the programs beside this file say when they serve. */
const IS_READY = /Ready to accept connections|●|^the .+ listens on /mv;
const FOLDERS = foldersWith('README.md');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** The gateway on an example's documents, and the backend behind it. */
class Scene implements AsyncDisposable {
  /** A copy of what the README names, with free ports, at the same path below this directory. */
  readonly root: TempDirectory;
  readonly ports: ReadonlyMap<number, number>;
  readonly gateway: Child;

  private readonly backend: Child;
  /** What the README has run besides. */
  private readonly others: readonly Child[];

  constructor(root: TempDirectory, ports: ReadonlyMap<number, number>, folder: string) {
    this.root = root;
    this.ports = ports;
    const config = join(root.path, 'examples/policies', folder, 'config');
    const metrics = ['--metrics-address', `127.0.0.1:${String(ports.get(WRITTEN_PORTS.metrics))}`];
    const flags = ['--workers', '2', '--access-log', 'json', '--drain-delay', '0s', '--drain-deadline', '1s', ...metrics];
    this.gateway = new Child([process.execPath, MAIN, 'up', config, ...flags], {
      env: { ...COMPILED, XDG_RUNTIME_DIR: root.path },
    });
    this.backend = new Child([process.execPath, join(HERE, 'backend.ts'), String(ports.get(WRITTEN_PORTS.backend))]);
    this.others = parseExamples(readmeOf(folder)).processes.map(command => this.start(renderProcess(command, PROGRAMS)));
  }

  async waitUntilReady(): Promise<void> {
    await waitFor(() => this.backend.stdout.includes('listens'), { what: () => `the backend\n${this.backend.output}` });
    await waitFor(async () => !this.gateway.isRunning || this.isReady(), {
      what: () => `weir up\n${this.gateway.output}`,
      timeoutMs: 20_000,
    });
    if (!this.gateway.isRunning) throw new Error(`weir up ended before it was ready\n${this.gateway.output}`);
    for (const other of this.others) {
      await waitFor(() => IS_READY.test(other.stdout + other.stderr), { what: () => `a process\n${other.output}` });
    }
  }

  private start(script: string): Child {
    const env = { ...COMPILED, XDG_RUNTIME_DIR: this.root.path };
    return new Child(['bash', '-c', movePorts(script, this.ports)], { cwd: this.root.path, env });
  }

  /** Runs a script as in the root of the repository, and gives what it printed with the ports of the README. */
  async run(script: string): Promise<string> {
    // Without a terminal curl shows its progress.
    await this.root.write('.curlrc', 'silent\nshow-error\n');
    await using bash = new Child(['bash', '-c', `exec 2>&1\n${movePorts(script, this.ports)}`], {
      cwd: this.root.path,
      // What commands make with mktemp goes with the copy.
      env: { ...COMPILED, CURL_HOME: this.root.path, NO_COLOR: '1', TMPDIR: this.root.path },
    });
    await bash.exited;
    return movePorts(bash.stdout, new Map([...this.ports].map(([written, free]) => [free, written])));
  }

  private async isReady(): Promise<boolean> {
    const port = this.ports.get(WRITTEN_PORTS.metrics)!;
    const answer = await request({ port }, '/readyz', { headers: { Connection: 'close' } });
    return answer.status === 200;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack();
    stack.use(this.root);
    stack.use(this.backend);
    stack.use(this.gateway);
    for (const other of this.others) stack.use(other);
    // Node keeps what it compiled when it ends by itself.
    if (this.gateway.isRunning) await this.gateway.stop();
  }
}

async function openScene(folder: string): Promise<Scene> {
  const written = Object.values(WRITTEN_PORTS);
  const free = await findFreePorts(written.length);
  const ports = new Map(written.map((port, index) => [port, free[index]!]));
  const root = await createTempDirectory();
  await cp(join(HERE, folder), join(root.path, 'examples/policies', folder), { recursive: true });
  // Node takes a link for what it points to, and so finds the packages that a program imports.
  for (const name of globSync('*.ts', { cwd: HERE })) {
    await symlink(join(HERE, name), join(root.path, 'examples/policies', name));
  }
  for (const name of globSync('**/*.yaml', { cwd: root.path })) {
    const path = join(root.path, name);
    await writeFile(path, movePorts(await readFile(path, 'utf8'), ports));
  }
  const scene = new Scene(root, ports, folder);
  try {
    await scene.waitUntilReady();
    return scene;
  } catch (error) {
    await scene[Symbol.asyncDispose]();
    throw error;
  }
}

function readmeOf(folder: string): string {
  return readFileSync(join(HERE, folder, 'README.md'), 'utf8');
}

function foldersWith(name: string): readonly string[] {
  return globSync(`*/${name}`, { cwd: HERE }).map(dirname).toSorted();
}

/** What this machine lacks for an example; '' = nothing. */
function missingFor(folder: string): string {
  if (!hasCurl) return 'curl';
  const readme = readmeOf(folder);
  if (readme.includes('redis-server') && !hasRedis()) return 'redis-server';
  const needsAddresses = readme.includes('--interface') || readme.includes('127.0.0.2');
  return needsAddresses && process.platform !== 'linux' ? 'Linux, where all of 127.0.0.0/8 is loopback' : '';
}

const found = FOLDERS.map(folder => {
  const missing = missingFor(folder);
  const title = `examples/policies/${folder}${missing === '' ? '' : ` (needs ${missing})`}`;
  return { folder, missing, title, ...parseExamples(readmeOf(folder)) };
});

describe.each(found)('$title', ({ folder, missing, examples, logLines }) => {
  const test = it.skipIf(missing !== '');
  const stack = new AsyncDisposableStack();
  let scene: Scene;
  let outputs: readonly string[];

  beforeAll(async () => {
    if (missing !== '') return;
    scene = stack.use(await openScene(folder));
    outputs = outputsOf(await scene.run(renderSession(examples, PROGRAMS)));
  });

  afterAll(async () => {
    await stack.disposeAsync();
  });

  test.each(examples.map((example, index) => ({ ...example, index })))('$command', ({ output, index }) => {
    const actual = outputs[index] ?? '';
    expect(matchesOutput(output, actual), `the README says\n${output}\n\nand it printed\n${actual}`).toBe(true);
  });

  if (logLines.length === 0) return;
  test.each(logLines)('the gateway logs %s', async line => {
    await waitFor(() => scene.gateway.stdout.split('\n').some(logged => matchesOutput(line, logged)), {
      what: () => `the line\n${scene.gateway.output}`,
    });
  });
});

it('every folder with documents has a README, commands in it, and a line in the table', () => {
  const table = readmeOf('.');
  expect(foldersWith('config')).toEqual(FOLDERS);
  for (const { folder, examples } of found) {
    expect(examples.length, folder).toBeGreaterThan(0);
    expect(table).toContain(`(${folder}/README.md)`);
  }
});
