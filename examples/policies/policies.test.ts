// SPDX-License-Identifier: Apache-2.0
import { ExampleScene, hasRedis, matchesOutput, outputsOf, parseExamples, waitFor } from '@weir/testing';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HERE = import.meta.dirname;
const SUITE = {
  directory: HERE,
  ports: { gateway: 8080, backend: 7200, secondBackend: 7201, service: 7300, metrics: 9464, redis: 6379 },
  processes: ['npx node examples/policies/backend.ts 7200'],
};
const FOLDERS = foldersWith('README.md');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

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
  let scene: ExampleScene;
  let outputs: readonly string[];

  beforeAll(async () => {
    if (missing !== '') return;
    scene = stack.use(await ExampleScene.open(SUITE, folder));
    outputs = outputsOf(await scene.run(examples));
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
