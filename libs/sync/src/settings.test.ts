// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultClientSettings } from './client/client-settings.ts';
import { defaultSyncSettings } from './server/sync-settings.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/distribution.md'), 'utf8');
const SECTION = PAGE.split('\n## ').find(text => text.startsWith('Settings')) ?? '';

describe('the settings of streams', () => {
  it('are those of docs/distribution.md', () => {
    const rows = [...SECTION.matchAll(/^\| `(\w+)` +\| (\d+) /gmv)].map(([, name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(rows)).toEqual({ ...defaultSyncSettings, ...defaultClientSettings });
  });
});
