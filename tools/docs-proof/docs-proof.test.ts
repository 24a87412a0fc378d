// SPDX-License-Identifier: Apache-2.0
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedPaths } from './named-paths.ts';

const ROOT = join(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();

describe('every file that a page names exists', () => {
  it.each(pages)('%s', page => {
    const paths = namedPaths(page, readFileSync(join(ROOT, page), 'utf8'));
    expect(paths.filter(path => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('reading what a page names', () => {
  it('finds quoted paths and links, from where the page is', () => {
    const text = 'See `libs/base/src/index.ts`, [that](../README.md) and [there](decisions/0001.md#reasons).';
    expect(namedPaths('docs/a.md', text)).toEqual(['libs/base/src/index.ts', 'README.md', 'docs/decisions/0001.md']);
  });

  it('passes over addresses, anchors, commands and patterns', () => {
    const text = '[a](https://x.example/y) [b](#c) `npm test` `libs/filters/src/NAME/NAME.ts` `apps/{a,b}`';
    expect(namedPaths('docs/a.md', text)).toEqual([]);
  });
});
