// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { ControlPlaneEvent } from '@weir/control-plane';
import { describe, expect, it } from 'vitest';
import { createPaint } from '../terminal/paint.ts';
import type { Output } from '../terminal/terminal.ts';
import { createHumanLog } from './control-plane-log.ts';
import { createJsonLog } from './json-log.ts';
import type { LogLevel } from './log-level.ts';

class TestOutput implements Output {
  text = '';
  readonly isTerminal = false;
  readonly isColour = false;
  readonly paint = createPaint(false);

  write(text: string): void {
    this.text += text;
  }

  size() {
    return { columns: 80, rows: 24 };
  }
}

const problem: Problem = {
  ...{ severity: 'error', code: 'unknown-field', file: 'config/a.yaml', line: 7, column: 3 },
  message: 'unknown field `ruels`',
};
const EVENTS: readonly ControlPlaneEvent[] = [
  { kind: 'asked', caller: 'operator', proxy: 'shop/cart/one', path: 'status' },
  { kind: 'changed', upserted: ['HTTPRoute shop/cart'], removed: [], resourceCount: 2 },
  { kind: 'peer-refused', address: '10.0.0.9', reason: 'it has expired' },
  { kind: 'problems', problems: [problem, { ...problem, severity: 'warning' }], unread: [problem] },
];

function json(level: LogLevel): readonly unknown[] {
  const out = new TestOutput();
  const log = createJsonLog({ level, out, nowMs: () => 0 });
  for (const event of EVENTS) log.event(event);
  return out.text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

function human(level: LogLevel): string {
  const out = new TestOutput();
  const log = createHumanLog({ level, out });
  for (const event of EVENTS) log.event(event);
  return out.text;
}

const time = '1970-01-01T00:00:00.000Z';
const changed = {
  ...{ level: 'info', time, event: 'changed', upserted: ['HTTPRoute shop/cart'], removed: [], resource_count: 2 },
  msg: 'HTTPRoute shop/cart changed: 2 resources on their way',
};
const place = { event: 'problem', code: 'unknown-field', file: 'config/a.yaml', line: 7, column: 3 };

describe('the log as JSON', () => {
  it('has an object for each thing that happened, and for each problem', () => {
    expect(json('info')).toEqual([
      changed,
      {
        ...{ level: 'warn', time, event: 'peer_refused', address: '10.0.0.9', reason: 'it has expired' },
        msg: 'refused: the certificate of 10.0.0.9: it has expired',
      },
      { level: 'error', time, ...place, msg: 'unknown field `ruels`' },
      { level: 'warn', time, ...place, msg: 'unknown field `ruels`' },
    ]);
  });

  it('leaves out what is less important than it is asked for', () => {
    expect(json('debug')[0]).toEqual({
      ...{ level: 'debug', time, event: 'asked', caller: 'operator', proxy: 'shop/cart/one', path: 'status' },
      msg: 'asked: shop/cart/one for status, by the operator',
    });
    expect(json('error')).toHaveLength(1);
  });
});

describe('the log for people', () => {
  it('has a line or few for each thing that happened, from its level on', () => {
    expect(human('info')).toBe(`● HTTPRoute shop/cart changed: 2 resources on their way
refused: the certificate of 10.0.0.9: it has expired
config/a.yaml:7:3: error: unknown field \`ruels\`
config/a.yaml:7:3: warning: unknown field \`ruels\`
    what the file said before stays in force
`);
    expect(human('debug')).toContain('asked: shop/cart/one for status, by the operator\n');
    expect(human('error')).toMatch(/^config\/a\.yaml/v);
  });
});
