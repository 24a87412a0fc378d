// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderPhases, renderRequests, renderTransitions } from './render-turns.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../../docs/rollouts.md'), 'utf8');

describe('docs/rollouts.md has the tables that the machine goes by', () => {
  it.each([
    ['phases', renderPhases],
    ['transitions', renderTransitions],
    ['requests', renderRequests],
  ])('%s', (name, render) => {
    expect(tableAfter(name)).toBe(render());
  });
});

/** The table below the comment that names it. */
function tableAfter(name: string): string {
  const [, rest = ''] = page.split(`<!-- table: ${name} -->\n\n`);
  return rest.split('\n\n')[0]!;
}
