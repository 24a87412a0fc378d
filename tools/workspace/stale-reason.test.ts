// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { staleReason } from './stale-reason.mjs';

const YAML = 'node_modules/yaml';
const LINK = { 'node_modules/@weir/base': { resolved: 'libs/base', link: true } };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'weir-stale-'));
  mkdirSync(join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true }));

function lock(packages: Record<string, object>): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
}

function installed(packages: Record<string, object>): void {
  writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
}

it('nothing is stale when every package is there in its version', () => {
  lock({ '': { name: 'weir' }, 'libs/base': { version: '0.1.0' }, [YAML]: { version: '2.9.1' }, ...LINK });
  installed({ [YAML]: { version: '2.9.1' }, ...LINK });
  expect(staleReason(root)).toBeUndefined();
});

it('an installation that did not end has left no list', () => {
  lock({ [YAML]: { version: '2.9.1' } });
  expect(staleReason(root)).toBe('node_modules is missing or incomplete');
});

it('a package that was added is named', () => {
  lock({ [YAML]: { version: '2.9.1' } });
  installed({});
  expect(staleReason(root)).toBe('yaml is not installed');
});

it('a package in another version is named with both', () => {
  lock({ [YAML]: { version: '2.9.1' } });
  installed({ [YAML]: { version: '2.8.0' } });
  expect(staleReason(root)).toBe('yaml is 2.8.0, and package-lock.json asks for 2.9.1');
});

it('a workspace package that was added is named', () => {
  lock(LINK);
  installed({});
  expect(staleReason(root)).toBe('@weir/base is not installed');
});

it('optional packages of other platforms may be absent', () => {
  lock({ 'node_modules/fsevents': { version: '2.3.3', optional: true } });
  installed({});
  expect(staleReason(root)).toBeUndefined();
});
