// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from './settings.ts';

describe('defaultLimits', () => {
  it('stand in docs/limits.md, each with its value, and nothing else does', () => {
    const page = readFileSync(new URL('../../../../docs/limits.md', import.meta.url), 'utf8');
    const rows = Array.from(page.matchAll(/^\| `(\w+)`\s*\| (\d+)\s*\|/gm), ([, name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(rows)).toEqual(defaultLimits);
  });
});
