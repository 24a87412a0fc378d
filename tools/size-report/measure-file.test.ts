// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { measureFile } from './measure-file.ts';

describe('measuring a file', () => {
  it('counts its lines without the empty text after the last line break', () => {
    expect(measureFile('a.ts', 'one();\ntwo();\n').lineCount).toBe(2);
    expect(measureFile('a.ts', 'one();\ntwo();').lineCount).toBe(2);
  });

  it('counts functions, methods and arrow functions from the line of their name to that of their last brace', () => {
    const text = [
      '/** Not counted. */',
      'function a() {',
      '  return 1;',
      '}',
      'class B {',
      '  c() {',
      '  }',
      '}',
      'const d = () => 1;',
    ];
    expect(measureFile('a.ts', text.join('\n')).functions).toEqual([
      { place: 'a.ts:2', lineCount: 3 },
      { place: 'a.ts:6', lineCount: 2 },
      { place: 'a.ts:9', lineCount: 1 },
    ]);
  });

  it('counts a function inside another for both', () => {
    const { functions } = measureFile('a.ts', 'function a() {\n  return () => {\n  };\n}');
    expect(functions.map(({ lineCount }) => lineCount)).toEqual([4, 2]);
  });

  it('counts no signature without a body', () => {
    expect(measureFile('a.ts', 'interface A {\n  b(): void;\n}').functions).toEqual([]);
  });
});
