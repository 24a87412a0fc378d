// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GENERATED_FOLDERS, generatedFiles } from './generated-files.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('what is generated from the schemas (npm run generate)', async () => {
  const files = await generatedFiles();

  it.each([...files])('%s is up to date', (path, text) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  });

  // kubectl and Helm read YAML 1.1, in which On and Off are no texts.
  it.each([...files].filter(([path]) => path.endsWith('.yaml')))('%s means the same to all who read it', (_, text) => {
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
  });

  it('leaves nothing over', () => {
    const found = GENERATED_FOLDERS.flatMap(folder => globSync(`${folder}/**/*.*`, { cwd: ROOT }));
    expect(found.sort()).toEqual([...files.keys()].sort());
  });
});
