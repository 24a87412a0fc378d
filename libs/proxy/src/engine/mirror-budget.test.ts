// SPDX-License-Identifier: Apache-2.0
import type { ResponseHandler } from '@weir/base';
import { createManualClock, createRecordingHandler, createTestExchange } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { MirrorBudget } from './mirror-budget.ts';

function setUp(maxInFlight: number) {
  const clock = createManualClock();
  const dropped: string[] = [];
  const handlers: ResponseHandler[] = [];
  let cancelCount = 0;
  const budget = new MirrorBudget({ clock, maxInFlight, timeoutMs: 1000, onDropped: backend => dropped.push(backend) });
  const send = (): boolean => {
    const dispatch = budget.admit('backend/a', (_exchange, handler) => {
      handlers.push(handler);
      return { resume: () => undefined, cancel: () => void (cancelCount += 1) };
    });
    dispatch?.(createTestExchange(), createRecordingHandler());
    return dispatch !== undefined;
  };
  return { clock, dropped, handlers, send, cancelCount: () => cancelCount };
}

describe('a budget of mirrors', () => {
  it('drops copies beyond what may be on their way, until one has ended', () => {
    const { dropped, handlers, send } = setUp(2);
    expect([send(), send(), send()]).toEqual([true, true, false]);
    expect(dropped).toEqual(['backend/a']);
    handlers[0]?.onEnd(undefined);
    expect(send()).toBe(true);
  });

  it('cancels a copy that takes too long, once', () => {
    const { clock, dropped, handlers, send, cancelCount } = setUp(1);
    send();
    clock.advance(1000);
    expect([dropped, cancelCount()]).toEqual([['backend/a'], 1]);
    handlers[0]?.onEnd(undefined);
    expect([send(), send()]).toEqual([true, false]);
  });
});
