// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { compareHostnames, coversHost } from './covers-host.ts';

describe('coversHost', () => {
  it.each([
    ['*', 'shop.example', true],
    ['*', '', true],
    ['shop.example', 'shop.example', true],
    ['shop.example', 'shop.example.', true],
    ['shop.example', 'shop.example..', false],
    ['shop.example', 'a.shop.example', false],
    ['*.example', 'shop.example', true],
    ['*.example', 'a.shop.example', true],
    ['*.example', 'a.shop.example.', true],
    ['*.example', 'example', false],
    ['*.example', 'notexample', false],
  ])('%s and %j: %s', (hostname, host, isCovered) => {
    expect(coversHost(hostname, host)).toBe(isCovered);
  });
});

describe('compareHostnames', () => {
  it('puts exact hostnames first, then longer wildcards, then the one for every host', () => {
    const sorted = ['*', '*.example', 'example', '*.shop.example', 'a.shop.example'].sort(compareHostnames);
    expect(sorted).toEqual(['a.shop.example', 'example', '*.shop.example', '*.example', '*']);
  });
});
