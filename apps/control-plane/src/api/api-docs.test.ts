// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { API_ROUTES } from './api-routes.ts';

it('has its paths in docs/control-plane.md as they are in the table', () => {
  const text = readFileSync(new URL('../../../../docs/control-plane.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (GET|POST|DELETE) +\| `([^`]+)` +\| (\w+) +\| (.+?) +\|$/gmv)].map(([, ...cells]) => cells);
  expect(rows).toEqual(API_ROUTES.map(({ method, path, right, summary }) => [method.toUpperCase(), path, right, summary]));
});
