// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeaderList } from '@weir/base';
import { createManualClock } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explain } from '../explain.ts';
import { compiledFrom } from '../sample/compiled-documents.ts';
import { renderExplanation } from '../text/render-explanation.ts';

const clock = createManualClock();
const GOLDENS = join(import.meta.dirname, '../../goldens-mesh');

/** `common.yaml` has what the documents of all are beside. */
interface Golden {
  readonly documents: string;
  readonly method: string;
  readonly url: string;
  /** Absent = it comes from outside. */
  readonly caller?: string;
  readonly expected: string;
}

const COMMON = readFileSync(join(GOLDENS, 'common.yaml'), 'utf8');
const goldens = readdirSync(GOLDENS)
  .filter(file => file !== 'common.yaml')
  .map(file => {
    const golden = parse(readFileSync(join(GOLDENS, file), 'utf8')) as Golden;
    return { sentence: file.replace('.yaml', '').replaceAll('-', ' '), ...golden };
  });

describe('what becomes of a request', () => {
  it.each(goldens)('$sentence', ({ documents, method, url, caller, expected }) => {
    const { snapshot } = compiledFrom(clock, COMMON, documents);
    const explanation = explain(snapshot, { method, url, headers: new HeaderList(), caller });
    expect(`${renderExplanation(explanation, { isColour: false })}\n`).toBe(expected);
  });
});
