// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** Comes as a binary for the systems that its makers build for. */
const buf = join(ROOT, 'node_modules/.bin/buf');
const isMissing = spawnSync(buf, ['--version']).status !== 0;
const SYNC = join(ROOT, 'libs/sync');
const BASELINE = 'proto/baseline.json';

/** Where messages are, and what is generated of them. */
const PLACES = [
  { directory: 'libs/filters/src/external-authorization', generated: 'generated' },
  { directory: 'libs/sync', generated: 'src/messages/generated' },
];

const scratch = mkdtempSync(join(tmpdir(), 'weir-generated-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function runBuf(directory: string, ...words: readonly string[]): { readonly status: number | null; readonly output: string } {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  const { status, stdout, stderr } = spawnSync(buf, words, { cwd: join(ROOT, directory), env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

function filesIn(directory: string): Record<string, string> {
  const names = globSync('**/*.ts', { cwd: directory }).sort();
  return Object.fromEntries(names.map(name => [name, readFileSync(join(directory, name), 'utf8')]));
}

describe('generated code', () => {
  it.skipIf(isMissing).each(PLACES)(
    'of $directory is what npm run generate:proto makes of the messages (needs buf)',
    ({ directory, generated }) => {
      const target = join(scratch, directory);
      expect(runBuf(directory, 'generate', '-o', target)).toEqual({ status: 0, output: '' });
      const made = filesIn(join(target, generated));
      expect(Object.keys(made)).not.toHaveLength(0);
      expect(made).toEqual(filesIn(join(ROOT, directory, generated)));
    },
  );
});

describe('the messages between control plane and proxies', () => {
  it.skipIf(isMissing)('keep to the rules of buf, and break nothing that was (needs buf)', () => {
    expect(runBuf('libs/sync', 'lint')).toEqual({ status: 0, output: '' });
    expect(runBuf('libs/sync', 'breaking', '--against', BASELINE)).toEqual({ status: 0, output: '' });
  });

  it.skipIf(isMissing)('are recorded as the ones that later versions must not break (needs buf)', () => {
    const path = join(scratch, 'baseline.json');
    expect(runBuf('libs/sync', 'build', '--exclude-source-info', '-o', path)).toEqual({ status: 0, output: '' });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(readFileSync(join(SYNC, BASELINE), 'utf8')));
  });

  it.skipIf(isMissing)('are found to break what was when they do (needs buf)', () => {
    const path = join(scratch, 'other.json');
    writeFileSync(path, readFileSync(join(SYNC, BASELINE), 'utf8').replaceAll('"checksum"', '"sum"'));
    expect(runBuf('libs/sync', 'breaking', '--against', path)).toMatchObject({ status: 100 });
  });
});
