// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { hostnamesOverlap, intersectHostnames } from './intersect-hostnames.ts';

describe('hostnames', () => {
  it.each([
    ['a.example.com', 'a.example.com', true],
    ['a.example.com', 'b.example.com', false],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'badexample.com', false],
    ['*.example.com', '*.a.example.com', true],
    ['*.a.com', '*.b.com', false],
    ['*', '*.example.com', true],
  ])('%s and %s overlap: %s', (left, right, isOverlap) => {
    expect(hostnamesOverlap(left, right)).toBe(isOverlap);
    expect(hostnamesOverlap(right, left)).toBe(isOverlap);
  });

  it('of a route stay as they were written', () => {
    expect(intersectHostnames('a.example.com', ['*.example.com', 'b.example.com'])).toEqual(['*.example.com']);
    expect(intersectHostnames('a.example.com', [])).toEqual(['*']);
  });
});
