// SPDX-License-Identifier: Apache-2.0
import { ExampleScene, matchesOutput, outputsOf, parseExamples, waitFor } from '@weir/testing';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HERE = import.meta.dirname;
const SUITE = {
  directory: HERE,
  ports: {
    ...{ gateway: 8080, metrics: 9464, collector: 4318 },
    // Applications, their sidecars for callers, and for themselves.
    ...{
      first: 7401,
      second: 7402,
      third: 7403,
      firstMesh: 7501,
      secondMesh: 7502,
      thirdMesh: 7503,
      firstCall: 7601,
      secondCall: 7602,
    },
  },
  flags: { traces: '--otlp-endpoint http://127.0.0.1:4318' },
};
const FOLDERS = foldersWith('README.md');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

function readmeOf(folder: string): string {
  return readFileSync(join(HERE, folder, 'README.md'), 'utf8');
}

function foldersWith(name: string): readonly string[] {
  return globSync(`*/${name}`, { cwd: HERE }).map(dirname).toSorted();
}

/** What this machine lacks for the examples; '' = nothing. */
function missingHere(): string {
  if (!hasCurl) return 'curl';
  return process.platform === 'linux' ? '' : 'Linux, where all of 127.0.0.0/8 is loopback';
}

const found = FOLDERS.map(folder => {
  const missing = missingHere();
  const title = `examples/end-to-end/${folder}${missing === '' ? '' : ` (needs ${missing})`}`;
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
