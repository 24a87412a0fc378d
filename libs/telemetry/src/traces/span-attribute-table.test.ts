// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SPAN_ATTRIBUTES } from './span-attribute-table.ts';

const DOCUMENT = new URL('../../../../docs/tracing.md', import.meta.url);
const SPANS = { both: 'both', client: 'attempt', server: 'request' } as const;

it('docs/tracing.md has a row for each attribute, and for no other', () => {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `([a-z_.]+)` +\| (\w+) +\| (.+?) +\|$/gm);
  const documented = Array.from(rows, ([, name = '', on = '', help = '']) => [name, { on, help }] as const);
  const expected = Object.entries(SPAN_ATTRIBUTES).map(([name, { on, help }]) => [name, { on: SPANS[on], help }] as const);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
});
