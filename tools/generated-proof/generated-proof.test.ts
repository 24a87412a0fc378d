// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MESSAGES = join(ROOT, 'libs/filters/src/external-authorization');
/** Comes as a binary for the systems that its makers build for. */
const buf = join(ROOT, 'node_modules/.bin/buf');
const isMissing = spawnSync(buf, ['--version']).status !== 0;

function filesIn(directory: string): Record<string, string> {
  const names = globSync('**/*.ts', { cwd: directory }).sort();
  return Object.fromEntries(names.map(name => [name, readFileSync(join(directory, name), 'utf8')]));
}

describe('generated code', () => {
  it.skipIf(isMissing)('is what npm run generate:proto makes of the messages (needs buf)', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-generated-'));
    try {
      const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
      const { status, stderr } = spawnSync(buf, ['generate', '-o', directory], { cwd: MESSAGES, env, encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
      const made = filesIn(join(directory, 'generated'));
      expect(Object.keys(made)).not.toHaveLength(0);
      expect(made).toEqual(filesIn(join(MESSAGES, 'generated')));
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
