// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { createTokenAccess } from './api-access.ts';
import type { Right } from './rights.ts';

const access = createTokenAccess({ operator: 'weirapi_one', viewer: 'weirapi_two' });
const RIGHTS: readonly Right[] = ['join', 'read', 'relay', 'rotate'];

it.each([
  ['weirapi_one', 'operator', RIGHTS],
  ['weirapi_two', 'viewer', ['read']],
])('%s is a token of the %s', async (token, name, rights) => {
  const caller = await access.callerOf(token);
  expect(caller).toEqual({ name });
  const allowed = await Promise.all(RIGHTS.map(right => access.mayUse({ name }, right)));
  expect(RIGHTS.filter((_right, i) => allowed[i])).toEqual(rights);
});

it.each(['', 'weirapi_', 'weirapi_on', 'weirapi_one ', 'WEIRAPI_ONE', 'operator'])('%j is nobody’s', async token => {
  expect(await access.callerOf(token)).toBeUndefined();
});

it('gives nothing to who is of no role', async () => {
  expect(await access.mayUse({ name: 'toString' }, 'read')).toBe(false);
});
