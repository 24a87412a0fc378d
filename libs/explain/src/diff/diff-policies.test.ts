// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compiledFrom, SHOP } from '../sample/compiled-documents.ts';
import { diffPolicies } from './diff-policies.ts';
import { isWeakening } from './policy-diff.ts';
import { renderDiff } from './render-diff.ts';

const clock = createManualClock();
const GOLDENS = join(import.meta.dirname, '../../goldens');

/** Documents beside those of the shop, and how the difference reads. */
interface Golden {
  readonly before: string;
  readonly after: string;
  readonly expected: string;
}

const goldens = readdirSync(GOLDENS).map(file => {
  const golden = parse(readFileSync(join(GOLDENS, file), 'utf8')) as Golden;
  return { sentence: file.replace('.yaml', '').replaceAll('-', ' '), ...golden };
});

describe('the difference where', () => {
  it.each(goldens)('$sentence', ({ before, after, expected }) => {
    const diff = diffPolicies(compiledFrom(clock, SHOP, before), compiledFrom(clock, SHOP, after));
    expect(renderDiff(diff, { isColour: false })).toBe(expected);
    expect(isWeakening(diff)).toBe(/ weakens | may weaken /.test(expected.split('\n').slice(1).join('\n')));
  });

  it.each(goldens)('nothing is changed in documents such as those where $sentence', ({ after }) => {
    expect(diffPolicies(compiledFrom(clock, SHOP, after), compiledFrom(clock, SHOP, after))).toEqual({ objects: [], rules: [] });
  });

  it('fits a terminal of 80 columns', () => {
    const widths = goldens.flatMap(({ expected }) => expected.split('\n').map(line => line.length));
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });
});
