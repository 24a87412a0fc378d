// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { describe, expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { countProblems, renderProblems } from './render-problem.ts';

const paint = createPaint(false);

const typo: Problem = {
  severity: 'error',
  code: 'unknown-field',
  file: 'config/routes.yaml',
  line: 12,
  column: 7,
  object: 'HTTPRoute shop/cart',
  path: 'spec.hostname',
  message: 'unknown field `hostname`',
  hint: 'write `hostnames`',
};

describe('problems for people', () => {
  it('come in the order of files and lines, each with its place first', () => {
    const earlier: Problem = { severity: 'warning', code: 'x', file: 'config/a.yaml', line: 3, column: 1, message: 'odd' };
    expect(renderProblems([typo, { ...typo, line: 2 }, earlier], paint)).toBe(
      `config/a.yaml:3:1: warning: odd
config/routes.yaml:2:7: error: unknown field \`hostname\`
    HTTPRoute shop/cart: spec.hostname
    write \`hostnames\`
config/routes.yaml:12:7: error: unknown field \`hostname\`
    HTTPRoute shop/cart: spec.hostname
    write \`hostnames\`
`,
    );
  });

  it('may have no place', () => {
    const message = 'cannot listen on 127.0.0.1:80';
    expect(renderProblems([{ severity: 'error', code: 'port-taken', message }], paint)).toBe(`error: ${message}\n`);
  });

  it('are counted by severity', () => {
    const warning: Problem = { ...typo, severity: 'warning' };
    expect(countProblems([typo, warning, typo])).toBe('2 errors, 1 warning');
    expect(countProblems([])).toBe('no problems');
  });

  it('are coloured where colour is wanted', () => {
    expect(renderProblems([{ severity: 'error', code: 'x', message: 'm' }], createPaint(true))).toContain('\u001B[31merror');
  });
});
