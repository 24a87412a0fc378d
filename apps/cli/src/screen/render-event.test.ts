// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import { ListenError } from '@weir/proxy';
import type { Port } from '@weir/policy/snapshot';
import { describe, expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import { renderEvent } from './render-event.ts';

const paint = createPaint(false);
const port: Port = {
  kind: 'port',
  name: 'port/::1/8080',
  address: '::1',
  port: 8080,
  protocol: 'HTTP',
  proxyProtocolFrom: [],
  listeners: [],
};

describe('an event', () => {
  it('of what a control plane sent says how much it was, and how fast', () => {
    const applied = { kind: 'applied', durationMs: 3.21, resourceCount: 2, ruleCount: 1 } as const;
    expect(renderEvent(applied, paint)).toBe('● 2 resources changed: live in 3.2 ms (1 route rule)\n');
  });

  it('of a change is one line: what, how fast, which version', () => {
    const change = {
      kind: 'changed',
      upserted: ['HTTPRoute shop/cart'],
      removed: [],
      version: 7,
      resourceCount: 1,
      ruleCount: 1,
    } as const;
    expect(renderEvent({ ...change, durationMs: 3.21 }, paint)).toBe(
      '● HTTPRoute shop/cart changed: live in 3.2 ms (1 route rule, version 7)\n',
    );
    expect(renderEvent({ ...change, durationMs: 3.21, resourceCount: 0 }, paint)).toBe(
      '● HTTPRoute shop/cart changed: what is served stays the same (1 route rule, version 7)\n',
    );
    const many = { ...change, upserted: ['A x', 'B x', 'C x', 'D x', 'E x'], removed: ['F x'], durationMs: 120.4 };
    expect(renderEvent(many, paint)).toBe(
      '● A x, B x, C x and 2 more changed, F x removed: live in 120 ms (1 route rule, version 7)\n',
    );
  });

  it('of new errors says whether what was there before goes on, or what is wrong is in force', () => {
    const error = { severity: 'error', code: 'x', file: 'a.yaml', line: 1, column: 2, object: 'A b/c', message: 'bad' } as const;
    const warning = { ...error, severity: 'warning' } as const;
    const told = (problems: readonly Problem[], unread: readonly Problem[]): string =>
      renderEvent({ kind: 'problems', problems, unread }, paint).replace('    A b/c\n', '');
    const kept = '    what the file said before goes on being served\n';
    const inForce = '    in force as written: requests that need what is wrong are refused\n';
    expect(told([error], [error])).toBe(`a.yaml:1:2: error: bad\n${kept}`);
    expect(told([error], [])).toBe(`a.yaml:1:2: error: bad\n${inForce}`);
    expect(told([error, { ...error, message: 'worse' }], [error])).toContain(kept + inForce);
    expect(told([warning], [warning])).toBe('a.yaml:1:2: warning: bad\n');
  });

  it('of a port that cannot be opened names why and what to do', () => {
    const error = new ListenError('taken', {
      message: 'cannot listen on [::1]:8080: process 1 listens there (x)',
      hint: 'stop it',
    });
    expect(renderEvent({ kind: 'port-failed', port, error }, paint)).toBe(
      'error: cannot listen on [::1]:8080: process 1 listens there (x); tried again every two seconds\n    stop it\n',
    );
    expect(renderEvent({ kind: 'port-opened', port }, paint)).toBe('listening on [::1]:8080\n');
  });

  it('of a worker that ended says when it is replaced', () => {
    const end = { slot: 1, reason: 'out of memory', restartDelayMs: 0, shortLives: 1 };
    expect(renderEvent({ kind: 'worker-ended', end }, paint)).toBe(
      'error: worker 1 ended and is replaced at once: out of memory\n',
    );
    expect(renderEvent({ kind: 'worker-ended', end: { ...end, restartDelayMs: 400, shortLives: 4 } }, paint)).toBe(
      'error: worker 1 ended and is replaced in 400 ms, after 4 short lives in a row: out of memory\n',
    );
  });
});
