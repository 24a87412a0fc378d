// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const TESTS = `
describe('a door', () => {
  it('opens', () => {});
  it('shuts', () => {
    throw new Error('it is stuck\\nat the hinge', { cause: new Error('rust') });
  });
});
describe('a window', () => {
  beforeAll(() => {
    throw new Error('no glass');
  });
  it('opens', () => {});
});
// A later test that never ends: what failed before is said all the same.
it('waits', () => new Promise(() => {}), 0);
`;

// It starts a Vitest, which takes seconds beside another one.
it('what fails is said when it fails, with its causes', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-failures-'));
  try {
    writeFileSync(join(folder, 'house.test.ts'), TESTS);
    const reporter = join(import.meta.dirname, 'failure-reporter.ts');
    const command = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
    const words = [command, 'run', '--root', folder, '--globals', `--reporter=${reporter}`];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += String(chunk);
      if (said.includes('no glass')) break;
    }
    child.kill('SIGKILL');
    await readText(child.stdout).catch(() => '');
    expect(said).toContain(
      'FAILED house.test.ts > a door > shuts\n    it is stuck\n    at the hinge\n    caused by rust\n\nFAILED house.test.ts > a window\n    no glass\n',
    );
    expect(said).not.toContain('opens');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
